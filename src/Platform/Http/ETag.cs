using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Souk.Platform.Db;

namespace Souk.Platform.Http;

/// <summary>
/// Strong entity tags. A resource's tag is its version. What a GET has set is compared with <c>If-None-Match</c> by the
/// platform, which answers 304.
/// </summary>
public static class ETag
{
    /// <summary>The answer shows this version.</summary>
    public static void Set(HttpContext http, long version) => Set(http, version.ToString(CultureInfo.InvariantCulture));

    /// <summary>The answer shows what this tag stands for; for answers that are more than one row.</summary>
    /// <param name="http">The request.</param>
    /// <param name="tag">Without quotes; letters, digits, <c>-</c>, <c>_</c>.</param>
    public static void Set(HttpContext http, string tag) => http.Response.Headers.ETag = $"\"{tag}\"";

    /// <summary>The answer of a write shows this aggregate as it will be saved: its tag is taken after the save.</summary>
    public static void Set(HttpContext http, IVersioned aggregate) => http.Items[typeof(ETag)] = aggregate;

    /// <summary>Compares <c>If-Match</c>, when it was sent, with the version that was read.</summary>
    /// <exception cref="RuleException">It names another version: 412 <c>stale</c>.</exception>
    public static void Check(HttpContext http, long version) => Check(http, version.ToString(CultureInfo.InvariantCulture));

    /// <summary>Compares <c>If-Match</c>, when it was sent, with the tag of what was read.</summary>
    /// <exception cref="RuleException">It names another: 412 <c>stale</c>.</exception>
    public static void Check(HttpContext http, string tag)
    {
        var wanted = http.Request.Headers.IfMatch;
        // Weak tags never match here (RFC 9110, 13.1.1), nor does what is no tag at all.
        if (wanted.Count > 0 && !Contains(wanted, $"\"{tag}\"", weak: false))
            throw new RuleException(412, "stale", "It was changed since you read it. Read it again, then retry with its new ETag.");
    }

    internal static bool NotModified(HttpContext http)
    {
        var known = http.Request.Headers.IfNoneMatch;
        return known.Count > 0 && http.Response.Headers.ETag is [{ } tag] && Contains(known, tag, weak: true);
    }

    internal static void SetSaved(HttpContext http)
    {
        if (http.Items.TryGetValue(typeof(ETag), out var saved) && saved is IVersioned aggregate)
            Set(http, aggregate.Version);
    }

    private static bool Contains(StringValues header, string tag, bool weak)
    {
        foreach (var line in header)
            foreach (var part in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
                if (part == tag || part == "*" || (weak && part.StartsWith("W/", StringComparison.Ordinal) && part.AsSpan(2).SequenceEqual(tag)))
                    return true;
        return false;
    }
}

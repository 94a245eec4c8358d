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
    private const string Compared = "souk.if-match";

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
    public static void Check(HttpContext http, string tag) => Check(http, given => given == $"\"{tag}\"");

    /// <summary>Compares <c>If-Match</c>, when it was sent, where several tags may stand for what was read.</summary>
    /// <param name="http">The request.</param>
    /// <param name="matches">Whether a tag, with its quotes, is one of them.</param>
    /// <exception cref="RuleException">It names another: 412 <c>stale</c>.</exception>
    public static void Check(HttpContext http, Func<string, bool> matches)
    {
        var wanted = http.Request.Headers.IfMatch;
        if (wanted.Count == 0)
            return;
        http.Items[Compared] = true;
        // Weak tags never match here (RFC 9110, 13.1.1), nor does what is no tag at all.
        if (!Tags(wanted).Any(given => given == "*" || matches(given)))
            throw new RuleException(412, "stale", "It was changed since you read it. Read it again, then retry with its new ETag.");
    }

    /// <summary>What has no version is none that a caller has read: an <c>If-Match</c> is never passed over.</summary>
    internal static void CheckCompared(HttpContext http)
    {
        if (http.Request.Headers.IfMatch is { Count: > 0 } wanted && !http.Items.ContainsKey(Compared)
            && !Tags(wanted).Contains("*"))
            throw new RuleException(412, "stale", "It has no ETag that could be compared. Leave out the If-Match.");
    }

    internal static bool NotModified(HttpContext http)
    {
        var known = http.Request.Headers.IfNoneMatch;
        return known.Count > 0 && http.Response.Headers.ETag is [{ } tag] && Contains(known, tag);
    }

    internal static void SetSaved(HttpContext http)
    {
        if (http.Items.TryGetValue(typeof(ETag), out var saved) && saved is IVersioned aggregate)
            Set(http, aggregate.Version);
    }

    // Weak tags match: nothing is changed by a read.
    private static bool Contains(StringValues header, string tag)
    {
        foreach (var line in header)
            foreach (var part in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
                if (part == tag || part == "*"
                    || (part.StartsWith("W/", StringComparison.Ordinal) && part.AsSpan(2).SequenceEqual(tag)))
                    return true;
        return false;
    }

    private static IEnumerable<string> Tags(StringValues header) =>
        header.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries));
}

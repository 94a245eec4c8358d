using System.Globalization;
using Microsoft.AspNetCore.Http;
using Souk.Platform.Http;

namespace Souk.Catalog.Features;

/// <summary>
/// <c>If-Match</c> of products. A product is shown with its offers and their stock, so the tag of what is read changes more
/// often than the product: it is the product's version and, behind a hyphen, the hash of the rest. A change asks for the version.
/// </summary>
internal static class VersionTag
{
    /// <exception cref="RuleException">412 <c>stale</c> when another version was read.</exception>
    public static void Check(HttpContext http, long version)
    {
        var text = version.ToString(CultureInfo.InvariantCulture);
        ETag.Check(http, tag => tag == $"\"{text}\"" || tag.StartsWith($"\"{text}-", StringComparison.Ordinal));
    }
}

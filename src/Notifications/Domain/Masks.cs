using System.Text.RegularExpressions;

namespace Souk.Notifications.Domain;

/// <summary>What the send log shows of what nobody else may read.</summary>
internal static partial class Masks
{
    /// <summary><c>anna@example.com</c> is <c>a***@example.com</c>.</summary>
    public static string Address(string email)
    {
        var at = email.LastIndexOf('@');
        return at < 1 ? "***" : $"{email[..1]}***{email[at..]}";
    }

    /// <summary>The text without what follows the host of a link: tokens stand there.</summary>
    public static string Links(string text) => Link().Replace(text, "$1/***");

    [GeneratedRegex(@"(https?://[^/\s""<>]+)/[^\s""<>]*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}

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

    /// <summary>The text with the addresses in it masked; mail servers repeat them in what they say.</summary>
    public static string? Addresses(string? text) =>
        text is null ? null : EmailAddress().Replace(text, address => Address(address.Value));

    [GeneratedRegex(@"[^\s<>()\[\]:;,""@]+@[^\s<>()\[\]:;,""@]+")]
    private static partial Regex EmailAddress();

    [GeneratedRegex(@"(https?://[^/\s""<>]+)/[^\s""<>]*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}

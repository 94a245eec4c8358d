namespace Souk.Platform;

/// <summary>What is taken for an e-mail address, wherever one is given.</summary>
public static class EmailAddresses
{
    private const int LengthMax = 254;
    private const int LocalMax = 64;
    private const string Signs = "!#$%&'*+-/=?^_`{|}~.";

    /// <summary>
    /// Whether mail can go there: <c>local@domain.tld</c>, no quotes, comments or spaces. Stricter than RFC 5322, as
    /// mail systems are.
    /// </summary>
    /// <param name="email">What somebody wrote.</param>
    public static bool IsValid(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        if (email.Length > LengthMax || at is < 1 or > LocalMax || email.LastIndexOf('@') != at)
            return false;
        var (local, domain) = (email[..at], email[(at + 1)..]);
        if (local.StartsWith('.') || local.EndsWith('.') || local.Contains("..", StringComparison.Ordinal)
            || !local.All(c => char.IsAsciiLetterOrDigit(c) || Signs.Contains(c, StringComparison.Ordinal)))
            return false;
        var labels = domain.Split('.');
        return labels.Length >= 2 && labels.All(IsLabel)
            && labels[^1].Length >= 2 && !labels[^1].All(char.IsAsciiDigit);
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && !label.StartsWith('-') && !label.EndsWith('-')
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-' || (c > 127 && char.IsLetterOrDigit(c)));
}

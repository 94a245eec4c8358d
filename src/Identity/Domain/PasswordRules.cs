using Souk.Platform.Http;

namespace Souk.Identity.Domain;

/// <summary>
/// What a password must be: 15 to 256 characters of any kind, not one of those that everybody tries. No rule about what
/// must be in it: long beats complicated (NIST SP 800-63B, ASVS 6.2).
/// </summary>
internal static class PasswordRules
{
    public const int LengthMin = 15;
    public const int LengthMax = 256;
    private const int DistinctMin = 5;

    // What long guessable passwords are made of. What is left without them must be something.
    private static readonly string[] Common =
    [
        "correcthorsebatterystaple", "marketplace", "password", "passwort", "qwertyuiop", "asdfghjkl", "1q2w3e4r5t", "zxcvbnm",
        "qwertz", "qwerty", "azerty", "iloveyou", "letmein", "welcome", "changeme", "sunshine", "princess", "football",
        "baseball", "dragon", "monkey", "shadow", "master", "secret", "abcdefghijklmnopqrstuvwxyz", "abcdefgh", "abcdef", "abc",
        "administrator", "admin", "login", "p@ssw0rd", "p@ssword", "passw0rd", "trustno1", "superman", "default", "guest",
        "souk", "test", "user", "hello", "summer", "winter", "spring", "autumn", "12345678901234567890", "1234567890",
        "0987654321", "123456789", "12345678", "1234567", "123456", "12345", "1234", "123", "111", "000",
    ];
    private const int RestMin = 4;

    /// <summary>Refuses a password that is too weak, with the reason.</summary>
    /// <exception cref="RuleException">422 about <c>/password</c>.</exception>
    public static void Check(string password, string pointer, params string?[] names)
    {
        if (Problem(password, names) is not var (code, detail))
            return;
        throw RuleException.Invalid(pointer, code, detail);
    }

    /// <summary>Code and sentence of what is wrong; null when nothing is.</summary>
    public static (string Code, string Detail)? Problem(string password, params string?[] names)
    {
        var length = password.EnumerateRunes().Count();
        if (password.Contains('\0', StringComparison.Ordinal))
            return ("password_unusable", "The password holds a NUL character, which some programs cut at. Leave it out.");
        if (length < LengthMin)
            return ("password_too_short", $"A password has at least {LengthMin} characters. A few words in a row are easy to remember.");
        if (length > LengthMax)
            return ("password_too_long", $"A password has at most {LengthMax} characters.");
        if (names.Any(name => name is not null && IsName(password, name)))
            return ("password_is_name", "The password is your own name or address. Choose something that others do not know.");
        if (password.EnumerateRunes().Distinct().Count() < DistinctMin || IsCommon(password))
            return ("password_common", "This is one of the passwords that are tried first. Choose another.");
        return null;
    }

    private static bool IsName(string password, string name) =>
        password.Equals(name, StringComparison.OrdinalIgnoreCase)
        || (name.Length >= RestMin && password.Replace(name, "", StringComparison.OrdinalIgnoreCase).Length < RestMin);

    private static bool IsCommon(string password)
    {
        var rest = password.ToLowerInvariant();
        foreach (var word in Common)
            rest = rest.Replace(word, "", StringComparison.Ordinal);
        return rest.Count(char.IsLetterOrDigit) + rest.Count(c => c > 127 && !char.IsLetterOrDigit(c)) < RestMin;
    }
}

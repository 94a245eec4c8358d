using Souk.Identity.Domain;

namespace Souk.UnitTests.Identity;

public sealed class PasswordRulesTests
{
    [Theory]
    [InlineData("three cups of tea")]
    [InlineData("kettle-lamp-rope-42")]
    [InlineData("пятнадцать букв тут")]
    [InlineData("ein ganz normaler Satz mit vielen Wörtern")]
    [InlineData("🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆")]
    [InlineData("               x1y2z3w4")]
    public void Long_passwords_of_any_kind_are_accepted(string password) =>
        Assert.Null(PasswordRules.Problem(password, "ann@example.com", "ann"));

    [Theory]
    [InlineData("fourteen chars", "password_too_short")]
    [InlineData("", "password_too_short")]
    [InlineData("🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤", "password_too_short")]
    [InlineData("three cups\0of mint tea", "password_unusable")]
    [InlineData("Ann.Longname@Example.com", "password_is_name")]
    [InlineData("ann.longname@example.com1", "password_is_name")]
    [InlineData("passwordpassword", "password_common")]
    [InlineData("Password1234567", "password_common")]
    [InlineData("123456789012345", "password_common")]
    [InlineData("aaaaaaaaaaaaaaaaaaaa", "password_common")]
    [InlineData("qwertyuiop123456", "password_common")]
    [InlineData("correcthorsebatterystaple", "password_common")]
    [InlineData("abababababababab", "password_common")]
    public void What_everybody_tries_is_refused_with_the_reason(string password, string code) =>
        Assert.Equal(code, PasswordRules.Problem(password, "ann.longname@example.com", "longname")?.Code);

    [Fact]
    public void The_longest_has_256_characters_and_none_is_cut()
    {
        var longest = string.Concat(Enumerable.Range(0, 64).Select(i => $"{i:x2}🦊.")); // 64 times four characters

        Assert.Null(PasswordRules.Problem(longest));
        Assert.Equal("password_too_long", PasswordRules.Problem(longest + "x")?.Code);
    }
}

using System.Globalization;
using System.Text;
using Souk.Identity.Domain;

namespace Souk.UnitTests.Identity;

public sealed class TotpTests
{
    // The secret and the table of RFC 6238, appendix B; of its eight digits apps show the last six.
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    [Theory]
    [InlineData(59L, "94287082")]
    [InlineData(1111111109L, "07081804")]
    [InlineData(1111111111L, "14050471")]
    [InlineData(1234567890L, "89005924")]
    [InlineData(2000000000L, "69279037")]
    [InlineData(20000000000L, "65353130")]
    public void Codes_are_those_of_the_standard(long seconds, string code) =>
        Assert.Equal(code[2..], Totp.Code(Secret, Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds))));

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_code_of_the_step_before_or_after_is_taken_and_no_other(int skew, bool taken)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_234_567_890);
        var step = Totp.StepAt(now) + skew;

        Assert.Equal(taken ? step : null, Totp.Match(Secret, Totp.Code(Secret, step), now, usedUp: 0));
    }

    [Fact]
    public void A_code_is_good_once_and_so_are_those_before_it()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_234_567_890);
        var step = Totp.StepAt(now);

        Assert.Null(Totp.Match(Secret, Totp.Code(Secret, step), now, usedUp: step));
        Assert.Null(Totp.Match(Secret, Totp.Code(Secret, step - 1), now, usedUp: step));
        Assert.Equal(step + 1, Totp.Match(Secret, Totp.Code(Secret, step + 1), now, usedUp: step));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("００５９２４")]
    public void What_is_no_code_is_none(string code) =>
        Assert.Null(Totp.Match(Secret, code, DateTimeOffset.FromUnixTimeSeconds(1_234_567_890), usedUp: 0));

    // RFC 4648, chapter 10, without the padding.
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Secrets_are_written_in_base32(string bytes, string text) =>
        Assert.Equal(text, Totp.Base32(Encoding.ASCII.GetBytes(bytes)));

    [Fact]
    public void The_address_for_the_app_is_escaped()
    {
        var uri = Totp.Uri(Secret, "Ann's Souk & Co", "ann+1@example.com");

        Assert.StartsWith("otpauth://totp/Ann%27s%20Souk%20%26%20Co:ann%2B1%40example.com?secret=", uri, StringComparison.Ordinal);
        Assert.Contains("&issuer=Ann%27s%20Souk%20%26%20Co&algorithm=SHA1&digits=6&period=30", uri, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_have_six_digits_whatever_they_begin_with() =>
        Assert.All(
            Enumerable.Range(0, 1000).Select(step => Totp.Code(Secret, step)),
            code => Assert.True(code.Length == 6 && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out _)));
}

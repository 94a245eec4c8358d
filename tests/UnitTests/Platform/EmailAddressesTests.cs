using Souk.Platform;

namespace Souk.UnitTests.Platform;

public sealed class EmailAddressesTests
{
    [Theory]
    [InlineData("ann@example.com")]
    [InlineData("Ann.Lee+souk@sub.example.co")]
    [InlineData("a@b.de")]
    [InlineData("o'hara@example.com")]
    [InlineData("ann@bücher.example")]
    [InlineData("ann@xn--bcher-kva.example")]
    public void Addresses_that_get_mail_are_accepted(string email) => Assert.True(EmailAddresses.IsValid(email));

    [Theory]
    [InlineData("")]
    [InlineData("ann")]
    [InlineData("@example.com")]
    [InlineData("ann@")]
    [InlineData("ann@example")]
    [InlineData("ann@@example.com")]
    [InlineData("ann@ex@ample.com")]
    [InlineData("ann@example.com.")]
    [InlineData(".ann@example.com")]
    [InlineData("an..n@example.com")]
    [InlineData("\"ann lee\"@example.com")]
    [InlineData("ann(comment)@example.com")]
    [InlineData("ann@[127.0.0.1]")]
    [InlineData("ann@127.0.0.1")]
    [InlineData("ann@-example.com")]
    [InlineData("ann@example.com\r\nBcc: all@example.com")]
    [InlineData("ann @example.com")]
    public void What_is_no_address_is_refused(string email) => Assert.False(EmailAddresses.IsValid(email));

    [Fact]
    public void Addresses_have_limits()
    {
        Assert.True(EmailAddresses.IsValid(new string('a', 64) + "@example.com"));
        Assert.False(EmailAddresses.IsValid(new string('a', 65) + "@example.com"));
        var domain = string.Join('.', Enumerable.Repeat(new string('b', 60), 5));
        Assert.False(EmailAddresses.IsValid($"a@{domain}.com"));
    }
}

using Souk.Identity.Domain;

namespace Souk.UnitTests.Identity;

public sealed class NamesTests
{
    [Theory]
    [InlineData("ann@example.com")]
    [InlineData("Ann.Lee+souk@sub.example.co")]
    [InlineData("a@b.de")]
    [InlineData("o'hara@example.com")]
    [InlineData("ann@bücher.example")]
    [InlineData("ann@xn--bcher-kva.example")]
    public void Addresses_that_get_mail_are_accepted(string email) => Assert.True(Emails.IsValid(email));

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
    public void What_is_no_address_is_refused(string email) => Assert.False(Emails.IsValid(email));

    [Fact]
    public void Addresses_have_limits()
    {
        Assert.True(Emails.IsValid(new string('a', 64) + "@example.com"));
        Assert.False(Emails.IsValid(new string('a', 65) + "@example.com"));
        Assert.False(Emails.IsValid("a@" + string.Join('.', Enumerable.Repeat(new string('b', 60), 5)) + ".com"));
    }

    [Fact]
    public void Domains_have_no_case_and_local_parts_do()
    {
        Assert.Equal(Emails.Key("ann@EXAMPLE.com"), Emails.Key("ann@example.COM"));
        Assert.NotEqual(Emails.Key("Ann@example.com"), Emails.Key("ann@example.com"));
    }

    [Theory]
    [InlineData("ann", true)]
    [InlineData("Ann_Lee-42.x", true)]
    [InlineData("an", false)]
    [InlineData("ann@example", false)]
    [InlineData("ann lee", false)]
    [InlineData("änn", false)]
    public void A_username_is_never_an_address(string username, bool valid) => Assert.Equal(valid, Usernames.IsValid(username));

    [Theory]
    [InlineData("Ann's  Lamps & More!", "ann-s-lamps-more")]
    [InlineData("--x--", "x")]
    [InlineData("市場", "")]
    [InlineData("", "")]
    public void A_slug_is_what_an_address_can_hold(string name, string slug) => Assert.Equal(slug, Slugs.Of(name));
}

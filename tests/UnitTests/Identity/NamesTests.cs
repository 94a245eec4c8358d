using Souk.Identity.Domain;

namespace Souk.UnitTests.Identity;

public sealed class NamesTests
{
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

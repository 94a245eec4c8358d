using System.Net;

namespace Souk.IntegrationTests.Host;

/// <summary>The people that other tests start from.</summary>
[Trait("Shape", "both")]
public sealed class PeopleTests(SoukServer souk)
{
    [Fact]
    public async Task A_buyer_a_seller_and_staff_are_signed_in()
    {
        foreach (var person in new[] { await souk.Buyer(), await souk.Seller(), await souk.Staff() })
            using (var answer = await person.GetAsync("/profile/me", TestContext.Current.CancellationToken))
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_guest_is_not()
    {
        using var answer = await souk.Client().GetAsync("/profile/me", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}

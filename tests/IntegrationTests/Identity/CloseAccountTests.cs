using System.Net;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Identity;

/// <summary>An account is closed when nothing of it is under way any more; who waits for a parcel cannot disappear.</summary>
[Trait("Shape", "both")]
public sealed class CloseAccountTests(SoukServer souk)
{
    private readonly Street street = new(souk.Client, souk.Approve);

    [Fact]
    public async Task A_buyer_closes_the_account_when_the_order_is_delivered()
    {
        var (stall, buyer, other) = (await street.Seller(), await souk.Buyer(), await souk.Buyer());
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var order = (await buyer.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1))).Id();

        var refused = await Refused(buyer, order);
        Assert.Contains("under way", refused.Text("detail"), StringComparison.Ordinal);
        (await buyer.Get("/profile/me")).Must(200);
        (await other.Delete("/profile/me")).Must(204);
        await Eventually(() => stall.Moves(order, "shipped"));
        await Refused(buyer, order);
        await stall.Moves(order, "delivered");

        await Eventually(async () => (await buyer.Delete("/profile/me")).Must(204));
    }

    [Fact]
    public async Task An_order_that_waits_for_its_payment_is_under_way_until_it_is_cancelled()
    {
        var (stall, buyer) = (await street.Seller(), await souk.Buyer());
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var order = (await buyer.Buys(HttpStatusCode.Accepted, ("bank_slip", null), (lamp, 1))).Id();

        await Refused(buyer, order);
        (await buyer.Delete($"/orders/{order}")).Must(204);

        await Eventually(async () => (await buyer.Delete("/profile/me")).Must(204));
    }

    // Identity hears of the order a moment after its buyer: before that it would close the account.
    private async Task<Reply> Refused(Person buyer, Guid order)
    {
        await Eventually(async () => Assert.True(await souk.Value<bool>(
            "select exists (select 1 from identity.open_orders where order_id = $1 and account_id = $2)", order, buyer.AccountId)));
        var refused = (await buyer.Delete("/profile/me")).Refused(409, "orders_open");
        Assert.Equal(order, Assert.Single(refused.Json.GetProperty("orders").EnumerateArray()).GetGuid());
        return refused;
    }
}

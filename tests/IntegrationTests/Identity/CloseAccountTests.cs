using System.Net;
using System.Text.Json;
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
        // Identity hears of an order when it is placed, and a seller ships it when it is paid: long after that.
        await Eventually(() => stall.Moves(order, "shipped"));

        await Refused(buyer, order);
        (await buyer.Get("/profile/me")).Must(200);
        (await other.Delete("/profile/me")).Must(204);
        await stall.Moves(order, "delivered");

        await Eventually(async () => (await buyer.Delete("/profile/me")).Must(204));
    }

    [Fact]
    public async Task An_order_that_waits_for_its_payment_is_under_way_until_it_is_cancelled()
    {
        var (stall, buyer) = (await street.Seller(), await Founder());
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var order = (await buyer.Buys(HttpStatusCode.Accepted, ("bank_slip", null), (lamp, 1))).Id();

        await Eventually(() => Refused(buyer, order));
        (await buyer.Delete($"/orders/{order}")).Must(204);

        await Eventually(async () => (await buyer.Delete("/profile/me")).Refused(409, "last_owner"));
    }

    [Fact]
    public async Task An_order_whose_payment_is_looked_at_is_under_way()
    {
        const long price = 8_500_000_00; // No other story sells anything like it.
        var finance = await souk.Staff("finance");
        var rule = await finance.Post("/fraud-rules", new
        {
            name = "Castles", kind = "amount", action = "review", amount = new { amount = price, currency = "EUR" },
        });
        rule.Must(201);
        var (stall, buyer) = (await street.Seller(), await Founder());
        var castle = await stall.Sells(price, 100);
        await street.OnSale(castle);
        // Another process may not have heard of the rule yet.
        JsonElement order = default;
        await Eventually(async () =>
            order = await buyer.Buys(HttpStatusCode.Accepted, ("card", "tok_success"), (castle, 1)));

        await Eventually(() => Refused(buyer, order.Id()));

        (await finance.Delete($"/fraud-rules/{rule.Id()}")).Must(204);
    }

    // Identity hears of an order a moment after its buyer. Whoever owns a company is refused before that too, so they
    // can ask again.
    private Task<Person> Founder() => souk.Seller();

    private static async Task Refused(Person buyer, Guid order)
    {
        var refused = (await buyer.Delete("/profile/me")).Refused(409, "orders_open");
        Assert.Contains("under way", refused.Text("detail"), StringComparison.Ordinal);
        Assert.Contains(order, refused.Json.GetProperty("orders").EnumerateArray().Select(one => one.GetGuid()));
    }
}

using System.Net;
using System.Text.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>Whole stories, through HTTP alone, with a look into the books afterwards.</summary>
[Trait("Shape", "both")]
public sealed class TradeFlowTests(SoukServer souk)
{
    private readonly Street street = new(souk.Client, souk.Approve);

    [Fact]
    public async Task A_guest_buys_from_two_sellers_who_ship_and_everything_adds_up()
    {
        var (one, two) = (await street.Seller(), await street.Seller());
        var (lamp, rug) = (await one.Sells(1999, 10), await two.Sells(5000, 10));
        await street.OnSale(lamp, rug);

        var guest = street.Guest();
        var order = await guest.BuysCart((lamp, 2), (rug, 1));
        var id = order.Id();
        Assert.Equal("confirmed", order.Text("status"));
        Assert.Equal(2, order.GetProperty("parts").GetArrayLength());
        Assert.Equal(8998, order.GetProperty("totals").Minor("items"));
        var total = order.GetProperty("totals").Minor("total");
        Assert.Equal(total, order.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("totals").Minor("total")));
        guest.Holding(order);

        await Eventually(async () => Assert.Equal(total, (await guest.Read($"/orders/{id}")).Minor("captured")));
        Assert.Equal(0, await Ledger(id, account: null));
        Assert.Equal(total, await Ledger(id, "gateway_clearing"));
        Assert.Equal((10, 2), await Stock(lamp));

        await one.Moves(id, "Shipped");
        await Eventually(async () => Assert.Equal((8, 0), await Stock(lamp)));
        Assert.Equal("confirmed", (await guest.Read($"/orders/{id}")).Text("status"));
        Assert.Single((await two.Http.Read($"/orders/{id}")).GetProperty("parts").EnumerateArray());
        await two.Moves(id, "shipped");
        await one.Moves(id, "delivered");
        await two.Moves(id, "Completed");
        Assert.Equal("delivered", (await guest.Read($"/orders/{id}")).Text("status"));
        await Eventually(async () => Assert.Equal((9, 0), await Stock(rug)));
    }

    [Fact]
    public async Task Without_stock_nothing_is_taken_and_the_cart_is_its_buyers_again()
    {
        var stall = await street.Seller();
        var (lamp, rare) = (await stall.Sells(1000, 10), await stall.Sells(1000, 1));
        await street.OnSale(lamp, rare);
        var buyers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => street.Guest().Order(
            Guid.CreateVersion7().ToString(), [(lamp, 1), (rare, 1)], TestContext.Current.CancellationToken, ("card", "tok_success"))));

        // Who came too late is told so, by the quote or by the reservation.
        Assert.Single(buyers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(3, buyers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        await Eventually(async () => Assert.Equal((10, 1), await Stock(lamp)));
        Assert.Equal((1, 1), await Stock(rare));
    }

    [Theory]
    [InlineData("tok_declined", "card_declined")]
    [InlineData("tok_insufficient_funds", "insufficient_funds")]
    public async Task A_declined_payment_leaves_nothing_behind(string token, string reason)
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);

        var problem = await street.Guest().Buys(HttpStatusCode.PaymentRequired, ("card", token), (lamp, 2));
        Assert.Equal("payment_declined", problem.Text("code"));
        Assert.Equal(reason, problem.GetProperty("errors")[0].Text("code"));
        await Eventually(async () => Assert.Equal((5, 0), await Stock(lamp)));
    }

    [Theory]
    [InlineData("card", "tok_3ds", "redirect")]
    [InlineData("bank_slip", null, "bank_slip")]
    public async Task A_buyer_who_has_to_act_is_told_where_and_the_order_goes_on_when_they_did(string method, string? token, string action)
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var guest = street.Guest();

        var order = await guest.Buys(HttpStatusCode.Accepted, (method, token), (lamp, 1));
        Assert.Equal("awaiting_payment", order.Text("status"));
        Assert.Equal(action, order.GetProperty("action").Text("kind"));
        Assert.Equal((5, 1), await Stock(lamp));

        guest.Holding(order);
        await Decide(order, "pay");
        await Captured(guest, order.Id());
        Assert.Equal("confirmed", (await guest.Read($"/orders/{order.Id()}")).Text("status"));
        await stall.Moves(order.Id(), "shipped");
    }

    [Fact]
    public async Task An_order_that_waits_is_cancelled_and_a_payment_that_comes_then_goes_back()
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var guest = street.Guest();
        var order = await guest.Buys(HttpStatusCode.Accepted, ("bank_slip", null), (lamp, 1));
        guest.Holding(order);

        await guest.Remove($"/orders/{order.Id()}");
        await Eventually(async () => Assert.Equal((5, 0), await Stock(lamp)));
        Assert.Equal("cancelled", (await guest.Read($"/orders/{order.Id()}")).Text("status"));
        await Eventually(async () => Assert.Equal(0, await Held(order.Id())));
    }

    [Fact]
    public async Task A_cancelled_order_gives_money_and_stock_back_before_and_after_the_capture()
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var guest = street.Guest();
        foreach (var wait in new[] { false, true })
        {
            var order = await guest.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 2));
            guest.Holding(order);
            if (wait)
                await Captured(guest, order.Id());
            await guest.Remove($"/orders/{order.Id()}");
            await Eventually(async () => Assert.Equal((5, 0), await Stock(lamp)));
            await Eventually(async () => Assert.Equal(0, await Held(order.Id())));
            Assert.Equal(0, await Ledger(order.Id(), account: null));
            await Eventually(async () => Assert.Equal(0, await Ledger(order.Id(), "gateway_clearing")));
        }
    }

    [Fact]
    public async Task An_order_that_is_cancelled_while_it_is_captured_shows_what_was_taken_and_what_went_back()
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var guest = street.Guest();
        // The gateway takes the money and does not answer for a while: the cancellation is faster.
        var order = await guest.Buys(HttpStatusCode.Created, ("card", "tok_capture_timeout"), (lamp, 2));
        guest.Holding(order);
        await guest.Remove($"/orders/{order.Id()}");

        await Eventually(async () =>
        {
            var shown = await guest.Read($"/orders/{order.Id()}");
            Assert.Equal("cancelled", shown.Text("status"));
            Assert.Equal((2000, 2000), (shown.Minor("captured"), shown.Minor("refunded")));
        }, TimeSpan.FromSeconds(60));
        var entries = (await guest.Read($"/orders/{order.Id()}/timeline")).GetProperty("entries").EnumerateArray();
        Assert.Equal(
            ["placed", "payment_authorized", "buyer", "payment_captured", "payment_refunded"],
            entries.Select(entry => entry.Text("reason")));
    }

    [Fact]
    public async Task A_seller_cancels_a_part_and_its_money_goes_back_while_the_other_ships()
    {
        var (one, two) = (await street.Seller(), await street.Seller());
        var (lamp, rug) = (await one.Sells(1000, 5), await two.Sells(3000, 5));
        await street.OnSale(lamp, rug);
        var guest = street.Guest();
        var order = await guest.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1), (rug, 1));
        guest.Holding(order);
        await Captured(guest, order.Id());

        await two.Moves(order.Id(), "cancelled");
        var refund = order.GetProperty("parts").EnumerateArray().Single(part => part.GetProperty("company_id").GetGuid() == two.CompanyId)
            .GetProperty("totals").Minor("total");
        await Eventually(async () => Assert.Equal(refund, (await guest.Read($"/orders/{order.Id()}")).Minor("refunded")));
        await Eventually(async () => Assert.Equal((5, 0), await Stock(rug)));
        await one.Moves(order.Id(), "shipped");
        Assert.Equal("shipped", (await guest.Read($"/orders/{order.Id()}")).Text("status"));
    }

    [Fact]
    public async Task A_capture_that_fails_is_tried_again()
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var guest = street.Guest();
        var order = await guest.Buys(HttpStatusCode.Created, ("card", "tok_capture_fails_once"), (lamp, 1));
        guest.Holding(order);
        await Captured(guest, order.Id());
        Assert.Equal("confirmed", (await guest.Read($"/orders/{order.Id()}")).Text("status"));
    }

    private static Task Captured(HttpClient http, Guid order) => Eventually(async () =>
        Assert.NotEqual(JsonValueKind.Null, (await http.Read($"/orders/{order}")).GetProperty("captured_at").ValueKind), TimeSpan.FromSeconds(30));

    // The gateway's own page, as the buyer's browser would use it.
    private async Task Decide(JsonElement order, string decision)
    {
        var page = order.GetProperty("action").Text("url")!;
        var charge = page[(page.LastIndexOf('/') + 1)..];
        await Answers.Body(await souk.Client().PostAsync($"/gateway-simulator/charges/{charge}/{decision}", null, TestContext.Current.CancellationToken), HttpStatusCode.OK);
    }

    private Task<(long OnHand, long Reserved)> Stock(Guid offer) => souk.Stock(offer);

    private Task<long> Ledger(Guid order, string? account) => account is null
        ? souk.Value<long>("select coalesce(sum(amount_minor), 0)::bigint from payments.ledger_entries where order_id = $1", order)
        : souk.Value<long>("select coalesce(sum(amount_minor), 0)::bigint from payments.ledger_entries where order_id = $1 and account = $2", order, account);

    // What the gateway still has of the buyer's money, authorised or taken.
    private Task<long> Held(Guid order) => souk.Value<long>("""
        select coalesce(sum(case when c.state = 'authorized' then c.amount_minor else c.captured_minor - c.refunded_minor end), 0)::bigint
          from gateway_simulator.charges c join payments.payments p on p.id = c.key where p.order_id = $1 and c.state <> 'voided'
        """, order);
}

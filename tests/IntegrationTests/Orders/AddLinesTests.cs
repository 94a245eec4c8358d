using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

/// <summary>Lines that go up before they leave: paid, or refused, as an order of their own; the first stays as it was.</summary>
public sealed class AddLinesTests(OrdersAlone orders)
{
    private const HttpStatusCode Conflict = HttpStatusCode.Conflict;
    private const HttpStatusCode Invalid = HttpStatusCode.UnprocessableEntity;

    [Fact]
    public async Task A_raised_line_waits_for_its_stock_and_its_payment_and_then_belongs_to_the_order()
    {
        var (checkout, buyer, path) = await Bought();
        var before = await buyer.Read(path);
        var raised = Lines((checkout.Lines[0].LineId, 5), (checkout.Lines[1].LineId, 1));

        var (answer, addition) = await Adds(buyer, path, raised);

        Assert.Equal(3000, answer.GetProperty("additions")[0].Minor("total"));
        Assert.Equal(before.GetProperty("totals").GetRawText(), answer.GetProperty("totals").GetRawText());
        Assert.Equal([new LineQuantity(Guid.Empty, checkout.Lines[0].OfferId, 3)],
            (await orders.Heard<OrderPlaced>(addition)).Lines.Select(line => line with { LineId = Guid.Empty }));

        // While it waits the same edit changes nothing, and another one has to wait.
        await Put(buyer, path, raised, HttpStatusCode.OK);
        var more = await Put(
            buyer, path, Lines((checkout.Lines[0].LineId, 6), (checkout.Lines[1].LineId, 1)), Conflict);
        Assert.Equal(("addition_waits", addition), (more.Text("code"), more.GetProperty("addition_id").GetGuid()));

        var until = TimeProvider.System.GetUtcNow().AddHours(1);
        await orders.Say(new StockReserved(addition, until));
        var waits = await orders.Heard<OrderAwaitsPayment>(addition);
        Assert.Equal((202, checkout.AccountId), (waits.Answer.Status, waits.AccountId));
        Assert.InRange(waits.Deadline, until.AddSeconds(-1), until.AddSeconds(1));
        var due = await orders.Heard<PaymentDue>(addition);
        Assert.Equal((3000, 0, 3000), (due.TotalMinor, due.Payments.Length, due.Lines.Sum(line => line.TotalMinor)));
        Assert.Equal("pay", (await buyer.Read($"/orders/{addition}")).GetProperty("action").Text("kind"));

        await orders.Say(new PaymentsAuthorized(addition));
        Assert.Equal(3000, (await orders.Heard<OrderConfirmed>(addition)).TotalMinor);
        await orders.Say(new PaymentCaptured(addition, "EUR", 3000));
        await Eventually(async () => Assert.NotNull(await orders.Column(addition, "captured_at")));
        await Put(buyer, path, raised, HttpStatusCode.OK);

        var shown = await buyer.Read(path);
        Assert.Equal(addition, Assert.Single(shown.GetProperty("additions").EnumerateArray()).Id());
        Assert.Equal(before.GetProperty("parts").GetRawText(), shown.GetProperty("parts").GetRawText());
        Assert.Equal(checkout.OrderId, (await buyer.Read($"/orders/{addition}")).GetProperty("adds_to").GetGuid());
        Assert.Contains(
            (await buyer.Read($"{path}/timeline")).GetProperty("entries").EnumerateArray(),
            entry => entry.Text("reason") == "pieces_added");
        // Its seller ships it, and takes no part in how it came about.
        var seller = orders.Seller(checkout.Parts[0].CompanyId);
        var shipped = await seller.Send($"/orders/{addition}/status", new { status = "shipped" });
        Assert.Equal("shipped", shipped.Text("status"));
        Assert.Equal(JsonValueKind.Null, (await seller.Read(path)).GetProperty("additions").ValueKind);
    }

    [Fact]
    public async Task A_new_line_of_a_new_seller_is_added_and_what_was_added_is_counted_when_more_is_wanted()
    {
        var (checkout, buyer, path) = await Bought();
        var offer = orders.Sells(Guid.CreateVersion7(), 700);

        var (_, first) = await Adds(buyer, path, New(checkout, offer, 2));
        await Confirm(first, 1400);
        var (_, second) = await Adds(buyer, path, New(checkout, offer, 3));

        Assert.Equal(1, Assert.Single((await orders.Heard<OrderPlaced>(second)).Lines).Quantity);
        Assert.Equal("confirmed", await orders.Column(checkout.OrderId, "status"));
    }

    [Theory]
    [InlineData("no stock", "out_of_stock")]
    [InlineData("nobody pays", "payment_expired")]
    public async Task What_is_not_there_or_not_paid_ends_and_the_order_stays_as_it_was(string ends, string reason)
    {
        var (checkout, buyer, path) = await Bought();
        var before = await buyer.Read(path);
        var raised = Lines((checkout.Lines[0].LineId, 3), (checkout.Lines[1].LineId, 1));
        var (_, addition) = await Adds(buyer, path, raised);

        if (ends == "no stock")
        {
            var line = (await orders.Heard<OrderPlaced>(addition)).Lines[0];
            await orders.Say(new StockRefused(addition, [new MissingStock(line.LineId, line.OfferId, 1, 0)]));
        }
        else
        {
            await orders.Say(new StockReserved(addition, TimeProvider.System.GetUtcNow().AddHours(1)));
            await orders.Heard<OrderAwaitsPayment>(addition);
            await orders.Say(new PaymentDeclined(addition, Guid.CreateVersion7(), "declined", "No."));
            await Eventually(async () => Assert.Contains(
                (await buyer.Read($"/orders/{addition}/timeline")).GetProperty("entries").EnumerateArray(),
                entry => entry.Text("reason") == "payment_declined"));
            Assert.Equal("awaiting_payment", await orders.Column(addition, "status"));
            await orders.Say(new ReservationExpired(addition));
        }

        await orders.Stands(addition, "cancelled");
        Assert.Equal(reason, await orders.Column(addition, "cancel_reason"));
        var shown = await buyer.Read(path);
        foreach (var member in new[] { "status", "totals", "parts", "captured" })
            Assert.Equal(before.GetProperty(member).GetRawText(), shown.GetProperty(member).GetRawText());
        // Nothing is left of it: the same edit adds anew.
        await Adds(buyer, path, raised);
    }

    [Fact]
    public async Task What_was_added_goes_where_the_order_goes_and_is_cancelled_with_it()
    {
        var (checkout, buyer, path) = await Bought();
        var (_, addition) = await Adds(
            buyer, path, Lines((checkout.Lines[0].LineId, 3), (checkout.Lines[1].LineId, 1)));
        await Confirm(addition, 1000);
        var contact = orders.Keeps(checkout.AccountId!.Value, "DE");

        await Put(buyer, path, new { contact_id = contact }, HttpStatusCode.OK);
        Assert.Equal(contact.ToString(), await orders.Column(addition, "contact_id"));

        await buyer.Remove(path);
        Assert.Equal("cancelled", await orders.Column(addition, "status"));
        Assert.Equal(1, Assert.Single((await orders.Heard<OrderCancelled>(addition)).Lines).Quantity);
    }

    [Fact]
    public async Task What_cannot_be_added_is_refused_and_nothing_changes()
    {
        var (checkout, buyer, path) = await Bought();
        var (one, two) = (checkout.Lines[0].LineId, checkout.Lines[1].LineId);
        var offer = orders.Sells(Guid.CreateVersion7(), 700);
        var version = await orders.Column(checkout.OrderId, "version");
        async Task Refused(HttpClient who, object body, HttpStatusCode status, string code) =>
            Assert.Equal(code, (await Put(who, path, body, status)).Text("code"));

        await Refused(buyer, New(checkout, Guid.CreateVersion7(), 1), Conflict, "order_not_ready");
        var dollars = orders.Sells(Guid.CreateVersion7(), 5, currency: "USD");
        await Refused(buyer, New(checkout, dollars, 1), Invalid, "currency_mismatch");
        await Refused(buyer, New(checkout, offer, 10_001), Invalid, "too_many_pieces");
        await Refused(buyer, New(checkout, checkout.Lines[0].OfferId, 1), Invalid, "line_exists");
        await Refused(buyer, Lines((one, 3)), Invalid, "one_at_a_time");
        var contact = orders.Keeps(checkout.AccountId!.Value, "DE");
        await Refused(
            buyer, new { lines = Wanted((one, 3), (two, 1)), contact_id = contact }, Invalid, "one_at_a_time");
        await Refused(buyer, new { lines = new[] { new { quantity = 1 } } }, Invalid, "line_required");
        var both = new[] { new { line_id = one, offer_id = offer, quantity = 1 } };
        await Refused(buyer, new { lines = both }, Invalid, "line_required");
        var seller = orders.Seller(checkout.Parts[0].CompanyId);
        await Refused(seller, Lines((one, 3)), HttpStatusCode.Forbidden, "forbidden");
        await Refused(orders.Staff(), New(checkout, offer, 1), HttpStatusCode.Forbidden, "forbidden");
        await Put(orders.Buyer(), path, New(checkout, offer, 1), HttpStatusCode.NotFound);

        Assert.Equal(version, await orders.Column(checkout.OrderId, "version"));
        Assert.Empty(await orders.Rows(
            "select 1 from orders.additions where order_id = $1", row => 1, checkout.OrderId));
    }

    [Fact]
    public async Task What_has_left_or_is_not_paid_yet_goes_up_no_more()
    {
        var (checkout, buyer, path) = await Bought();
        await orders.Seller(checkout.Parts[0].CompanyId).Send($"{path}/status", new { status = "shipped" });
        var left = await Put(
            buyer, path, Lines((checkout.Lines[0].LineId, 3), (checkout.Lines[1].LineId, 1)), Conflict);
        Assert.Equal("order_move", left.Text("code"));
        // The other seller has not shipped.
        await Adds(buyer, path, Lines((checkout.Lines[0].LineId, 2), (checkout.Lines[1].LineId, 2)));

        var unpaid = OrdersAlone.Checkout();
        Offers(unpaid);
        await orders.Say(unpaid);
        await orders.Heard<OrderPlaced>(unpaid.OrderId);
        var early = await Put(
            orders.Buyer(unpaid.AccountId), $"/orders/{unpaid.OrderId}",
            Lines((unpaid.Lines[0].LineId, 3), (unpaid.Lines[1].LineId, 1)), Conflict);
        Assert.Equal(("order_move", "pending"), (early.Text("code"), early.Text("state")));
    }

    private async Task<(CheckoutStarted Checkout, HttpClient Buyer, string Path)> Bought()
    {
        var checkout = await orders.Captured();
        Offers(checkout);
        return (checkout, orders.Buyer(checkout.AccountId), $"/orders/{checkout.OrderId}");
    }

    private void Offers(CheckoutStarted checkout)
    {
        foreach (var line in checkout.Lines)
            orders.Sells(line.CompanyId, line.UnitPriceMinor, line.OfferId);
    }

    private async Task Confirm(Guid order, long total)
    {
        await orders.Say(new StockReserved(order, TimeProvider.System.GetUtcNow().AddHours(1)));
        await orders.Heard<OrderAwaitsPayment>(order);
        await orders.Say(new PaymentsAuthorized(order));
        await orders.Heard<OrderConfirmed>(order);
        await orders.Say(new PaymentCaptured(order, "EUR", total));
        await Eventually(async () => Assert.NotNull(await orders.Column(order, "captured_at")));
    }

    private static async Task<(JsonElement Order, Guid Addition)> Adds(HttpClient buyer, string path, object body)
    {
        using var answer = await buyer.PutAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        var order = await Answers.Body(answer, HttpStatusCode.Accepted);
        var addition = Assert.Single(order.GetProperty("additions").EnumerateArray()).Id();
        Assert.Equal($"/orders/{addition}", answer.Headers.Location!.ToString());
        return (order, addition);
    }

    private static async Task<JsonElement> Put(HttpClient client, string path, object body, HttpStatusCode expected)
    {
        using var answer = await client.PutAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return await Answers.Body(answer, expected);
    }

    private static object Lines(params (Guid Id, int Quantity)[] lines) => new { lines = Wanted(lines) };

    private static object[] Wanted(params (Guid Id, int Quantity)[] lines) =>
        [.. lines.Select(line => (object)new { line_id = line.Id, quantity = line.Quantity })];

    // All lines stay, and one is new.
    private static object New(CheckoutStarted checkout, Guid offer, int quantity) => new
    {
        lines = checkout.Lines.Select(line => (object)new { line_id = line.LineId, quantity = line.Quantity })
            .Append(new { offer_id = offer, quantity }),
    };
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Contracts.Orders;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

/// <summary>Who sells in one shop of a company sees and moves what that shop sold, and nothing of the others.</summary>
public sealed class ShopScopeTests(OrdersAlone orders)
{
    private const HttpStatusCode Hidden = HttpStatusCode.NotFound;

    [Fact]
    public async Task A_shops_member_sees_the_lines_of_the_shop_and_their_sums()
    {
        var (checkout, ours, theirs) = await Bought();
        var (path, company) = ($"/orders/{checkout.OrderId}", checkout.Parts[0].CompanyId);
        var keeper = orders.ShopKeeper(company, ours.ShopId);

        var shown = await keeper.Read(path);
        var part = Assert.Single(shown.GetProperty("parts").EnumerateArray());
        Assert.Equal(ours.LineId, Assert.Single(part.GetProperty("lines").EnumerateArray()).Id());
        Assert.Equal(ours.TotalMinor, shown.GetProperty("totals").Minor("total"));
        Assert.DoesNotContain(theirs.LineId.ToString(), shown.GetRawText(), StringComparison.Ordinal);

        foreach (var list in new[] { "/orders", $"/orders?company_id={company}" })
        {
            var listed = Assert.Single((await keeper.Read(list)).GetProperty("data").EnumerateArray());
            Assert.Equal((checkout.OrderId, ours.TotalMinor), (listed.Id(), listed.Minor("total")));
        }
        var file = await keeper.GetStringAsync("/orders/export", TestContext.Current.CancellationToken);
        Assert.Contains(ours.LineId.ToString(), file, StringComparison.Ordinal);
        Assert.DoesNotContain(theirs.LineId.ToString(), file, StringComparison.Ordinal);

        // The whole company sees both, another shop neither.
        var whole = await orders.Seller(company).Read(path);
        Assert.Equal(2, whole.GetProperty("parts")[0].GetProperty("lines").GetArrayLength());
        var other = orders.ShopKeeper(company, Guid.CreateVersion7());
        Assert.Empty((await other.Read("/orders")).GetProperty("data").EnumerateArray());
        foreach (var hidden in new[] { path, $"{path}/tracking", $"{path}/timeline", $"{path}/notes" })
            await Answer(other, hidden, Hidden);
    }

    [Fact]
    public async Task They_ship_the_lines_of_the_shop_and_leave_the_rest()
    {
        var (checkout, ours, theirs) = await Bought();
        var (path, company) = ($"/orders/{checkout.OrderId}", checkout.Parts[0].CompanyId);
        var keeper = orders.ShopKeeper(company, ours.ShopId);

        var notOurs = await Moves(
            keeper, path, new { status = "shipped", lines = Pieces(theirs) }, HttpStatusCode.UnprocessableEntity);
        Assert.Equal("unknown_line", notOurs.Text("code"));
        await Moves(keeper, path, new { status = "cancelled" }, HttpStatusCode.Forbidden);
        await Moves(keeper, path, new { status = "shipped" }, HttpStatusCode.OK);

        var left = await orders.Heard<PartShipped>(checkout.OrderId);
        Assert.Equal([new LineQuantity(ours.LineId, ours.OfferId, ours.Quantity)], left.Lines);
        Assert.Equal("confirmed", await orders.Column(checkout.OrderId, "status"));
        await Moves(keeper, path, new { status = "shipped" }, HttpStatusCode.Conflict);
        // An edit of theirs drops nothing of the other shop's.
        using var edit = await keeper.PutAsJsonAsync(
            path, new { lines = new[] { new { line_id = theirs.LineId, quantity = 0 } } },
            TestContext.Current.CancellationToken);
        Assert.Equal("unknown_line", (await Answers.Body(edit, HttpStatusCode.UnprocessableEntity)).Text("code"));
        await Moves(
            orders.Seller(company), path, new { status = "shipped", lines = Pieces(theirs) }, HttpStatusCode.OK);
        Assert.Equal("shipped", await orders.Column(checkout.OrderId, "status"));
        var tracked = (await keeper.Read($"{path}/tracking")).GetProperty("parts")[0].GetProperty("shipments");
        var parcel = Assert.Single(tracked.EnumerateArray()).GetProperty("lines");
        Assert.Equal(ours.LineId, Assert.Single(parcel.EnumerateArray()).GetProperty("line_id").GetGuid());
    }

    [Fact]
    public async Task Returns_of_another_shops_goods_are_not_there_for_them()
    {
        var (checkout, ours, theirs) = await Bought();
        var (path, company) = ($"/orders/{checkout.OrderId}", checkout.Parts[0].CompanyId);
        var (buyer, whole) = (orders.Buyer(checkout.AccountId), orders.Seller(company));
        foreach (var status in new[] { "shipped", "delivered" })
            await Moves(whole, path, new { status, company_id = company }, HttpStatusCode.OK);
        var mine = (await Wish(buyer, checkout, ours)).Id();
        var foreign = (await Wish(buyer, checkout, theirs)).Id();
        var keeper = orders.ShopKeeper(company, ours.ShopId);

        Assert.Equal(mine, Assert.Single((await keeper.Read("/returns")).GetProperty("data").EnumerateArray()).Id());
        Assert.Equal(2, (await whole.Read("/returns")).GetProperty("data").GetArrayLength());
        await Answer(keeper, $"/returns/{foreign}", Hidden);
        using var stranger = await keeper.PostAsJsonAsync(
            $"/returns/{foreign}/approve", new { }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, stranger.StatusCode);
        Assert.Equal("approved", (await keeper.Send($"/returns/{mine}/approve", new { })).Text("status"));
    }

    // One seller's part of which two shops sold a line each.
    private async Task<(CheckoutStarted Checkout, OrderedLine Ours, OrderedLine Theirs)> Bought()
    {
        var checkout = OrdersAlone.Checkout();
        var company = checkout.Parts[0].CompanyId;
        checkout = checkout with
        {
            Lines = [checkout.Lines[0], checkout.Lines[1] with { CompanyId = company }],
            Parts = [checkout.Parts[0]],
        };
        await orders.Captured(checkout);
        return (checkout, checkout.Lines[0], checkout.Lines[1]);
    }

    private static object[] Pieces(OrderedLine line) => [new { line_id = line.LineId, quantity = line.Quantity }];

    private static Task<JsonElement> Wish(HttpClient buyer, CheckoutStarted checkout, OrderedLine line) => buyer.Send(
        "/returns", new { order_id = checkout.OrderId, reason = "other", lines = Pieces(line) },
        HttpStatusCode.Created);

    private static async Task<JsonElement> Moves(HttpClient client, string path, object body, HttpStatusCode expected)
    {
        using var answer = await client.PostAsJsonAsync($"{path}/status", body, TestContext.Current.CancellationToken);
        return await Answers.Body(answer, expected);
    }

    private static async Task Answer(HttpClient client, string path, HttpStatusCode expected)
    {
        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(expected, answer.StatusCode);
    }
}

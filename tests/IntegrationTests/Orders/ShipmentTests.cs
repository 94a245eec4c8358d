using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Contracts.Orders;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

/// <summary>Parts that leave in several parcels.</summary>
public sealed class ShipmentTests(OrdersAlone orders)
{
    private const HttpStatusCode Invalid = HttpStatusCode.UnprocessableEntity;

    [Fact]
    public async Task A_part_is_shipped_when_all_has_left_and_delivered_when_all_has_arrived()
    {
        var (checkout, seller, path) = await Bought();
        var (line, buyer) = (checkout.Lines[0].LineId, orders.Buyer(checkout.AccountId));

        var first = await seller.Send($"{path}/status", Parcel(line, 1, "DHL", "JD01"));
        Assert.Equal("confirmed", first.Text("status"));
        Assert.Equal((2, 1), (Number(Line(first), "quantity"), Number(Line(first), "shipped")));
        var shipped = await orders.Heard<PartShipped>(checkout.OrderId);
        Assert.Equal([new LineQuantity(line, checkout.Lines[0].OfferId, 1)], shipped.Lines);

        // The parcel arrives before the other one has left.
        await seller.Send($"{path}/status", new { status = "delivered", shipment_id = shipped.ShipmentId });
        Assert.Equal("confirmed", Mine(await buyer.Read(path), checkout).Text("status"));

        var second = await seller.Send($"{path}/status", new { status = "shipped", carrier = "UPS" });
        Assert.Equal("shipped", second.Text("status"));
        var parcels = (await seller.Read($"{path}/tracking")).GetProperty("parts")[0].GetProperty("shipments");
        Assert.Equal(["DHL", "UPS"], parcels.EnumerateArray().Select(parcel => parcel.Text("carrier")));
        Assert.All(
            parcels.EnumerateArray(), parcel => Assert.Equal(1, Number(parcel.GetProperty("lines")[0], "quantity")));
        Assert.DoesNotContain("PartDelivered", await orders.Said(checkout.OrderId));

        await seller.Send($"{path}/status", new { status = "delivered", shipment_id = parcels[1].Text("id") });
        Assert.Equal("delivered", (await seller.Read(path)).Text("status"));
        var delivered = await orders.Heard<PartDelivered>(checkout.OrderId);
        Assert.Equal([new LineQuantity(line, checkout.Lines[0].OfferId, 2)], delivered.Lines);
        var entries = (await seller.Read($"{path}/timeline")).GetProperty("entries").EnumerateArray();
        Assert.Equal(
            ["partly_shipped", "partly_delivered", "seller", "seller"],
            entries.Where(entry => entry.Text("part_id") is not null).Select(entry => entry.Text("reason")));
    }

    [Fact]
    public async Task More_pieces_than_are_left_unknown_and_doubled_lines_are_all_named_and_nothing_leaves()
    {
        var (checkout, seller, path) = await Bought();
        var (mine, theirs) = (checkout.Lines[0].LineId, checkout.Lines[1].LineId);
        var lines = new[] { (mine, 3), (mine, 1), (theirs, 1) }.Select(
            line => new { line_id = line.Item1, quantity = line.Item2 });

        var problem = await seller.Send($"{path}/status", new { status = "shipped", lines }, Invalid);

        Assert.Equal(
            ["/lines/0/quantity too_many_pieces", "/lines/1/line_id duplicate_line", "/lines/2/line_id unknown_line"],
            problem.GetProperty("errors").EnumerateArray().Select(e => $"{e.Text("pointer")} {e.Text("code")}"));
        Assert.DoesNotContain("PartShipped", await orders.Said(checkout.OrderId));
    }

    [Fact]
    public async Task What_has_partly_left_is_not_cancelled_as_a_whole_and_goes_nowhere_else()
    {
        var (checkout, seller, path) = await Bought();
        await seller.Send($"{path}/status", Parcel(checkout.Lines[0].LineId, 1, null, null));

        var refusal = await seller.Send($"{path}/status", new { status = "cancelled" }, HttpStatusCode.Conflict);
        Assert.Equal("partly_shipped", refusal.Text("code"));
        Assert.Equal("order_move", (await orders.Staff().Remove(path, HttpStatusCode.Conflict)).Text("code"));
        var contact = orders.Keeps(checkout.AccountId!.Value, "DE");
        var body = JsonContent.Create(new { contact_id = contact });
        var moved = await orders.Buyer(checkout.AccountId).PutAsync(path, body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, moved.StatusCode);
    }

    [Fact]
    public async Task A_parcel_that_is_none_of_the_part_or_has_arrived_is_refused()
    {
        var (checkout, seller, path) = await Bought();
        await seller.Send($"{path}/status", Parcel(checkout.Lines[0].LineId, 1, null, null));
        var id = (await orders.Heard<PartShipped>(checkout.OrderId)).ShipmentId;

        var unknown = new { status = "delivered", shipment_id = Guid.CreateVersion7() };
        Assert.Equal("unknown_shipment", (await seller.Send($"{path}/status", unknown, Invalid)).Text("code"));
        var other = orders.Seller(checkout.Parts[1].CompanyId);
        var theirs = new { status = "delivered", shipment_id = id };
        Assert.Equal("unknown_shipment", (await other.Send($"{path}/status", theirs, Invalid)).Text("code"));
        var wrong = new { status = "shipped", shipment_id = id };
        Assert.Equal("not_for_this_status", (await seller.Send($"{path}/status", wrong, Invalid)).Text("code"));
        await seller.Send($"{path}/status", theirs);
        Assert.Equal("order_move", (await seller.Send($"{path}/status", theirs, HttpStatusCode.Conflict)).Text("code"));
    }

    private async Task<(CheckoutStarted Checkout, HttpClient Seller, string Path)> Bought()
    {
        var checkout = await orders.Captured();
        return (checkout, orders.Seller(checkout.Parts[0].CompanyId), $"/orders/{checkout.OrderId}");
    }

    private static object Parcel(Guid line, int quantity, string? carrier, string? number) =>
        new { status = "shipped", carrier, tracking_number = number,
            lines = new[] { new { line_id = line, quantity } } };

    private static JsonElement Mine(JsonElement order, CheckoutStarted checkout) => order.GetProperty("parts")
        .EnumerateArray().Single(part => part.GetProperty("id").GetGuid() == checkout.Parts[0].PartId);

    private static int Number(JsonElement json, string member) => json.GetProperty(member).GetInt32();

    private static JsonElement Line(JsonElement order) => order.GetProperty("parts")[0].GetProperty("lines")[0];
}

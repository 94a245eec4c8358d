using System.Net;
using System.Text.Json;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

public sealed class OrderNotesTests(OrdersAlone orders)
{
    [Fact]
    public async Task Internal_notes_stay_with_who_wrote_them_and_the_buyer_reads_what_is_for_the_buyer()
    {
        var checkout = await orders.Captured();
        var path = $"/orders/{checkout.OrderId}/notes";
        var (one, two) = (orders.Seller(checkout.Parts[0].CompanyId), orders.Seller(checkout.Parts[1].CompanyId));
        var (staff, buyer) = (orders.Staff(), orders.Buyer(checkout.AccountId));
        await one.Send(path, new { text = "box 4" }, HttpStatusCode.Created);
        await one.Send(path, new { text = "It leaves on Monday.", visible_to_buyer = true }, HttpStatusCode.Created);
        await staff.Send(path, new { text = "called twice" }, HttpStatusCode.Created);

        Assert.Equal(["box 4", "It leaves on Monday."], await Texts(one));
        Assert.Empty(await Texts(two));
        Assert.Equal(["It leaves on Monday."], await Texts(buyer));
        Assert.Equal(["It leaves on Monday."], await Texts(orders.Guest(checkout.OrderId)));
        Assert.Equal(["box 4", "It leaves on Monday.", "called twice"], await Texts(staff));
        Assert.Single(
            (await buyer.Read($"/orders/{checkout.OrderId}/timeline")).GetProperty("entries").EnumerateArray(),
            entry => entry.Text("reason") == "note_for_buyer");

        async Task<string[]> Texts(HttpClient who) =>
            [.. (await who.Read(path)).GetProperty("notes").EnumerateArray().Select(note => note.Text("text")!)];
    }

    [Fact]
    public async Task Buyers_write_none_strangers_see_none_and_a_bad_note_is_explained()
    {
        var checkout = await orders.Captured();
        var path = $"/orders/{checkout.OrderId}/notes";
        var note = new { text = "hello" };
        await orders.Buyer(checkout.AccountId).Send(path, note, HttpStatusCode.Forbidden);
        await orders.Seller(Guid.CreateVersion7()).Send(path, note, HttpStatusCode.NotFound);
        await orders.Seller(Guid.CreateVersion7()).Read(path, HttpStatusCode.NotFound);
        await orders.Guest().Read(path, HttpStatusCode.NotFound);
        var staff = orders.Staff();
        await staff.Send(path, new { text = "" }, HttpStatusCode.UnprocessableEntity);
        await staff.Send(path, new { text = new string('a', 2001) }, HttpStatusCode.UnprocessableEntity);
        await staff.Send(path, new { text = "hello", author = "buyer" }, HttpStatusCode.BadRequest);
        Assert.Empty((await staff.Read(path)).GetProperty("notes").EnumerateArray());
    }

    [Fact]
    public async Task A_retry_with_its_key_writes_one_note()
    {
        var checkout = await orders.Captured();
        var path = $"/orders/{checkout.OrderId}/notes";
        var staff = orders.Staff();
        staff.DefaultRequestHeaders.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        var first = await staff.Send(path, new { text = "once" }, HttpStatusCode.Created);
        var second = await staff.Send(path, new { text = "once" }, HttpStatusCode.Created);
        Assert.Equal(first.GetRawText(), second.GetRawText());
        Assert.Single((await staff.Read(path)).GetProperty("notes").EnumerateArray());
    }
}

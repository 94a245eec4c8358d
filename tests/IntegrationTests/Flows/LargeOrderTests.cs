using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.Contracts;
using Souk.Contracts.Catalog;
using Souk.Platform;

namespace Souk.IntegrationTests.Flows;

/// <summary>An order as long as they may be goes the whole way: from a cart and its quote to its parcels.</summary>
[Trait("Shape", "both")]
public sealed class LargeOrderTests(SoukServer souk)
{
    private const int LinesMax = 500;

    [Fact]
    public async Task Five_hundred_lines_are_bought_shipped_and_exported()
    {
        var seller = await souk.Seller();
        var (offers, extra) = await OnSale(seller);
        var buyer = await souk.Buyer();
        // A replica of carts may not know all of them yet: then they are put in once more.
        await Eventually(async () => await buyer.Send(
            "/cart", new { lines = offers.Select(offer => new { offer_id = offer, quantity = 2 }) }));
        using var one = await buyer.PostAsJsonAsync(
            "/cart", new { lines = new[] { new { offer_id = extra } } }, TestContext.Current.CancellationToken);
        Assert.Equal("line_count", (await Answers.Body(one, HttpStatusCode.UnprocessableEntity)).Text("code"));

        // The quote is of all of them.
        var order = await buyer.BuysCart();
        var path = $"/orders/{order.Id()}";
        await Eventually(async () => Assert.Equal(LinesMax * 2 * 100, (await buyer.Read(path)).Minor("captured")));
        Assert.Equal((10, 2), await souk.Stock(offers[^1]));

        var shown = (await seller.Send($"{path}/status", new { status = "shipped" })).GetProperty(
            "parts")[0].GetProperty("lines");
        Assert.Equal(LinesMax, shown.GetArrayLength());
        Assert.All(shown.EnumerateArray(), line => Assert.Equal(2, line.GetProperty("shipped").GetInt32()));
        var parcel = (await buyer.Read($"{path}/tracking")).GetProperty("parts")[0].GetProperty("shipments")[0];
        Assert.Equal(LinesMax, parcel.GetProperty("lines").GetArrayLength());
        await Eventually(async () => Assert.Equal((8, 0), await souk.Stock(offers[^1])));
        var file = await seller.GetStringAsync("/orders/export", TestContext.Current.CancellationToken);
        Assert.Equal(LinesMax + 1, file.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task One_line_more_is_too_many()
    {
        (Guid, int)[] lines = [.. Enumerable.Range(0, LinesMax + 1).Select(_ => (Guid.CreateVersion7(), 1))];
        using var guest = souk.Client();
        using var answer = await guest.Order(
            Guid.CreateVersion7().ToString(), lines, TestContext.Current.CancellationToken);
        var problem = await Answers.Body(answer, HttpStatusCode.UnprocessableEntity);
        Assert.Equal("too_many", problem.GetProperty("errors")[0].Text("code"));
    }

    // What the catalogue says of so many offers, without the requests that make them.
    private async Task<(Guid[] Offers, Guid Extra)> OnSale(Person seller)
    {
        var offers = Enumerable.Range(0, LinesMax + 1).Select(_ => Guid.CreateVersion7()).ToArray();
        await Say(offers.Select((id, n) => new OfferChanged(
            id, Guid.CreateVersion7(), Guid.CreateVersion7(), seller.CompanyId, seller.ShopId, $"S-{n}", $"Screw {n}",
            100,
            "EUR", null, "standard", [], null, true, 1)));
        await Say(offers.Select((id, n) => new OfferStocked(id, seller.CompanyId, $"S-{n}", 10, seller.AccountId)));
        await Eventually(async () => Assert.Equal(LinesMax + 1, await souk.Value<long>("""
            select count(*) from carts.offers o join carts.availability a on a.offer_id = o.id
             where o.id = any($1) and a.available > 0
            """, offers)));
        return (offers[..LinesMax], offers[^1]);
    }

    private Task Say<T>(IEnumerable<T> events) where T : IEvent => souk.Execute("""
        with t as (
            update catalog.topic set next = next + cardinality($2::uuid[])
            returning next - cardinality($2::uuid[]) as first)
        insert into catalog.log (pos, id, type, key, payload)
        select t.first + n - 1, gen_random_uuid(), $1, key, payload::json
          from t, unnest($2::uuid[], $3::text[]) with ordinality as e (key, payload, n)
        """,
        typeof(T).Name, events.Select(e => e.Key).ToArray(),
        events.Select(e => JsonSerializer.Serialize(e, Json.Events)).ToArray());
}

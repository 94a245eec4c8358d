using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Inventory;

/// <summary>The buyer's postcode decides from which warehouse an order is sent, from the checkout to the shelf.</summary>
[Trait("Shape", "both")]
public class RegionRoutingTests(SoukServer souk)
{
    [Fact]
    public async Task Orders_to_a_region_come_from_the_warehouse_that_a_rule_names_for_it()
    {
        var street = new Street(souk.Client, souk.Approve);
        var stall = await street.Seller();
        var offer = await stall.Sells(1990, 100_000);
        await street.OnSale(offer);
        var south = (await stall.Http.Send("/warehouses", new
        {
            name = "South", priority = 200,
            address = new { line1 = "Isarweg 1", city = "München", postcode = "80331", country = "DE" },
        }, HttpStatusCode.Created)).Id();
        using var put = await stall.Http.PutAsJsonAsync(
            $"/stock-levels/{offer}", new { quantity = 100, warehouse_id = south }, TestContext.Current.CancellationToken);
        await Answers.Body(put, HttpStatusCode.OK);
        await stall.Http.Send("/routing-rules", new
        {
            name = "Bavaria", countries = new[] { "DE" }, postcode_prefixes = new[] { "80", "8 1" }, warehouse_ids = new[] { south },
            prefer = "priority",
        }, HttpStatusCode.Created);

        // Another process may hear of the rule a moment later: whoever buys then is still served as before.
        await Eventually(async () => Assert.Equal(1, await FromTheSouth("80 331")));
        Assert.Equal(0, await FromTheSouth("10115"));
        Assert.Equal(1, await FromTheSouth("81-543"));

        async Task<long> FromTheSouth(string postcode)
        {
            var before = await Reserved();
            using var guest = street.Guest();
            guest.DefaultRequestHeaders.Add("Idempotency-Key", $"{Guid.CreateVersion7()}");
            await guest.Send("/orders", new
            {
                lines = new[] { new { offer_id = offer, quantity = 1 } },
                contact = new
                {
                    name = "Ada Lovelace", email = "ada@example.com",
                    shipping = new { line1 = "Hauptstr. 1", city = "Anywhere", postcode, country = "DE" },
                },
                payments = new[] { new { method = "card", token = "tok_success" } },
            }, HttpStatusCode.Created);
            return await Reserved() - before;
        }

        async Task<long> Reserved() =>
            (await stall.Http.Read($"/stock-levels?offer_id={offer}&warehouse_id={south}")).GetProperty("data")[0]
                .GetProperty("reserved").GetInt64();
    }
}

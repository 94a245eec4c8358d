using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.IntegrationTests.Payments;

namespace Souk.IntegrationTests.Flows;

/// <summary>A marketplace whose prices exclude the tax: it is added to every line, and stays what it was to the cent until it goes back.</summary>
public sealed class TaxOnTopTests
{
    [Fact]
    public async Task Tax_is_added_to_prices_and_delivery_from_the_cart_to_the_ledger_and_back()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(
            database.Owner, new(Street.Settings) { ["Souk:PricesIncludeTax"] = "false" });
        await souk.Start();
        using var staff = await souk.Admin();
        await staff.Send("/tax-rates", new { country = "DE", percent = 19 }, HttpStatusCode.Created);
        var street = new Street(souk.Client);
        var (one, two) = (await street.Seller(), await street.Seller());
        await Delivers(one, 490);
        await Delivers(two, 250);
        var (lamp, rug) = (await one.Sells(1999, 10), await two.Sells(5000, 10));
        await street.OnSale(lamp, rug);

        // 3 × 19.99 and 4.90: 11.39 and 0.93 of tax; 50.00 and 2.50: 9.50 and 0.48.
        const long Lamps = 5997 + 490 + 1139 + 93, Rug = 5000 + 250 + 950 + 48;
        using var looking = street.Guest();
        var cart = await looking.Send("/cart", new
        {
            lines = new[] { new { offer_id = lamp, quantity = 3 }, new { offer_id = rug, quantity = 1 } },
        });
        looking.DefaultRequestHeaders.Add("X-Cart-Token", cart.Text("cart_token"));
        using var set = await looking.PutAsJsonAsync(
            "/cart", new { contact = Shopping.Contact }, TestContext.Current.CancellationToken);
        await Answers.Body(set, HttpStatusCode.OK);
        // Delivery and tax are as new as what prices them keeps of them in memory.
        await Eventually(async () =>
        {
            cart = await looking.Read("/cart");
            Assert.Equal(
                (10_997, 740, 2230, Lamps + Rug),
                (cart.Minor("items"), cart.Minor("delivery"), cart.Minor("tax"), cart.Minor("total")));
        });

        var guest = street.Guest();
        var order = await guest.BuysCart((lamp, 3), (rug, 1));
        var totals = order.GetProperty("totals");
        Assert.False(order.GetProperty("prices_include_tax").GetBoolean());
        Assert.Equal(
            (10_997, 740, 2230, Lamps + Rug),
            (totals.Minor("items"), totals.Minor("delivery"), totals.Minor("tax"), totals.Minor("total")));
        var parts = order.GetProperty("parts").EnumerateArray().ToArray();
        Assert.Equal([Rug, Lamps], parts.Select(part => part.GetProperty("totals").Minor("total")).Order());

        guest.Holding(order);
        await Eventually(async () => Assert.Equal(
            Lamps + Rug, (await guest.Read($"/orders/{order.Id()}")).Minor("captured")));
        // Sellers get what their goods cost less a tenth, and the delivery; the tax is the state's.
        var sold = new Dictionary<string, long>
        {
            ["gateway_clearing"] = Lamps + Rug, ["customer_receivable"] = 0, ["tax_payable"] = -2230,
            ["commission_revenue"] = -1100,
            [$"seller_payable {one.CompanyId}"] = -5397, [$"delivery {one.CompanyId}"] = -490,
            [$"seller_payable {two.CompanyId}"] = -4500, [$"delivery {two.CompanyId}"] = -250,
        };
        await Eventually(async () => Assert.Equal(sold.OrderBy(a => a.Key), await Ledger(staff, order)));

        // Everything of one line goes back: the other stays what it was.
        var line = parts.SelectMany(part => part.GetProperty("lines").EnumerateArray())
            .Single(each => each.GetProperty("offer_id").GetGuid() == lamp);
        var refund = await one.Http.Post("/refunds", new
        {
            order_id = order.Id(), company_id = one.CompanyId, reason = "broken",
            lines = new[] { new { line_id = line.Id(), amount = new { amount = Lamps, currency = "EUR" } } },
        });
        Assert.Equal((HttpStatusCode.Created, Lamps), (refund.Status, refund.Body.Minor("amount")));
        await Eventually(async () => Assert.Equal(
            Lamps, (await guest.Read($"/orders/{order.Id()}")).Minor("refunded")));
        var left = new Dictionary<string, long>(sold)
        {
            ["gateway_clearing"] = Rug, ["refunds"] = 0, ["tax_payable"] = -998, ["commission_revenue"] = -500,
            [$"seller_payable {one.CompanyId}"] = 0, [$"delivery {one.CompanyId}"] = 0,
        };
        await Eventually(async () => Assert.Equal(left.OrderBy(a => a.Key), await Ledger(staff, order)));
    }

    private static async Task Delivers(Stall stall, long price) => await stall.Http.Send("/delivery-methods", new
    {
        name = "Parcel", base_price = new { amount = price, currency = "EUR" }, countries = new[] { "DE" },
    }, HttpStatusCode.Created);

    // What each account holds of the order; debit is positive.
    private static async Task<IEnumerable<KeyValuePair<string, long>>> Ledger(HttpClient staff, JsonElement order) =>
        (await staff.Read($"/ledger/entries?order_id={order.Id()}&limit=100")).GetProperty("data").EnumerateArray()
            .GroupBy(
                entry => $"{entry.Text("account")} {entry.Text("company_id")}".TrimEnd(),
                entry => entry.Minor("amount"))
            .Select(account => KeyValuePair.Create(account.Key, account.Sum()))
            .OrderBy(account => account.Key);
}

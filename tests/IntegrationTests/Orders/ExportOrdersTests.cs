using System.Net;
using CsvHelper;
using Souk.Contracts.Carts;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

public sealed class ExportOrdersTests(OrdersAlone orders)
{
    [Fact]
    public async Task A_seller_gets_a_row_for_each_line_of_theirs_and_no_others()
    {
        var checkout = await orders.Captured();
        var rows = await Export(orders.Seller(checkout.Parts[0].CompanyId), "");

        var row = Assert.Single(rows);
        Assert.Equal(
            (checkout.OrderId.ToString(), checkout.Lines[0].LineId.ToString(), "2", "10.00", "1.00", "0.19", "21.00",
                "confirmed"),
            (row["order_id"], row["line_id"], row["quantity"], row["unit_price"], row["delivery"], row["tax"],
                row["total"], row["part_status"]));
        Assert.Equal(2, (await Export(
            orders.Staff(), $"?company_id={checkout.Parts[0].CompanyId}&created_after=2020-01-01T00:00:00Z"))
            .Concat(await Export(orders.Staff(), $"?company_id={checkout.Parts[1].CompanyId}")).Count());
        Assert.Empty(await Export(orders.Seller(checkout.Parts[0].CompanyId), "?status=shipped"));
        Assert.Empty(await Export(orders.Seller(checkout.Parts[0].CompanyId), "?created_before=2020-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task What_a_spreadsheet_would_run_is_a_text_and_what_is_a_text_stays_one()
    {
        var checkout = OrdersAlone.Checkout();
        string[] titles = ["=HYPERLINK(\"https://evil.example\")", "Lamp, \"brass\"\nlarge"];
        checkout = checkout with
        {
            Lines = [.. checkout.Lines.Zip(titles, (line, title) => line with { Title = title })],
        };
        await orders.Captured(checkout);

        var text = await Text(orders.Seller(checkout.Parts[0].CompanyId), "");

        Assert.Contains("'=HYPERLINK", text, StringComparison.Ordinal);
        Assert.Equal(titles[1], Assert.Single(await Export(orders.Seller(checkout.Parts[1].CompanyId), ""))["title"]);
    }

    [Fact]
    public async Task Many_orders_come_in_the_order_they_were_placed_each_once()
    {
        var first = OrdersAlone.Checkout();
        CheckoutStarted[] more =
        [
            first, .. Enumerable.Range(0, 249).Select(_ => OrdersAlone.Checkout()).Select(other => other with
            {
                Lines = [.. other.Lines.Zip(first.Lines, (line, like) => line with { CompanyId = like.CompanyId })],
                Parts = [.. other.Parts.Zip(first.Parts, (part, like) => part with { CompanyId = like.CompanyId })],
            }),
        ];
        await orders.Say([.. more]);
        await Eventually(async () => Assert.Equal(250, (await Staff()).Length));

        Assert.Equal(
            more.Select(order => order.OrderId.ToString()).Order(), (await Staff()).Select(row => row["order_id"]));

        Task<Dictionary<string, string>[]> Staff() =>
            Export(orders.Staff(), $"?company_id={first.Parts[0].CompanyId}");
    }

    [Fact]
    public async Task Who_sees_no_orders_exports_none_and_a_wrong_filter_is_a_problem()
    {
        await orders.Buyer().Read("/orders/export", HttpStatusCode.Forbidden);
        await orders.Guest().Read("/orders/export", HttpStatusCode.Unauthorized);
        var seller = orders.Seller(Guid.CreateVersion7());
        await seller.Read($"/orders/export?company_id={Guid.CreateVersion7()}", HttpStatusCode.Forbidden);
        Assert.Equal(
            "unknown_status",
            (await seller.Read("/orders/export?status=lost", HttpStatusCode.UnprocessableEntity)).Text("code"));
    }

    private static async Task<string> Text(HttpClient client, string query)
    {
        client.DefaultRequestHeaders.Accept.ParseAdd("text/csv");
        using var answer = await client.GetAsync($"/orders/export{query}", TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        return text;
    }

    private static async Task<Dictionary<string, string>[]> Export(HttpClient client, string query)
    {
        var rows = new List<Dictionary<string, string>>();
        using var csv = CsvReader.Create(new StringReader(await Text(client, query)));
        while (csv.Read())
            rows.Add(csv.Headers!.Select((name, n) => (name, csv.GetString(n))).ToDictionary());
        return [.. rows];
    }
}

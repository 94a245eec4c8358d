using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Souk.Bench;

/// <summary>
/// A file of products through the public API, as large as one may be: all of them new, then all of their prices, then tried only.
/// Its progress is asked for all the while, and must never go back.
/// </summary>
internal static class ImportCommand
{
    private const int RowsMax = 10_000;
    private const int WrongEvery = 1_000;
    private const string Email = "importer@bench.example";
    private static readonly string[] Permissions = ["products.manage"];
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(30);

    public static Command Command()
    {
        var rows = new Option<int>("--rows") { Description = "Rows of each file.", DefaultValueFactory = _ => RowsMax };
        var command = new Command("import", "Imports a file of products, one of prices, and one that is tried only.") { rows };
        command.SetAction((parsed, _) => Run(parsed.GetValue(rows)));
        return command;
    }

    private static async Task<int> Run(int rows)
    {
        await using var target = await OneProcess.Start("souk_bench_import");
        using var http = Api.Connect(target.Url);
        var key = await Seller(new Api(http));
        var page = new StringBuilder()
            .AppendLine("| file | rows | created | changed | refused | seconds | rows a second | asked | slowest answer ms | longest without progress ms |")
            .AppendLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        var wrong = (rows + WrongEvery - 1) / WrongEvery;
        (string Name, string Csv, string Query, int Created, int Changed, int Failed)[] files =
        [
            ("new products, some rows wrong", Products(rows), "", rows - wrong, 0, wrong),
            ("prices of these", Prices(rows), "", 0, rows - wrong, wrong),
            ("the same, tried only", Prices(rows), "?dry_run=true", 0, rows - wrong, wrong),
        ];
        var right = true;
        foreach (var file in files)
        {
            var came = await Import(http, key, file.Csv, file.Query);
            right &= came.Done == rows && came.Failed == file.Failed && came.Created == file.Created
                && came.Changed == file.Changed && !came.WentBack;
            page.AppendLine(CultureInfo.InvariantCulture, $"| {file.Name} | {came.Done} | {came.Created} | {came.Changed} "
                + $"| {came.Failed} | {came.Took.TotalSeconds:0.0} | {came.Done / came.Took.TotalSeconds:0} | {came.Asked} "
                + $"| {came.SlowestAnswer.TotalMilliseconds:0} | {came.LongestStill.TotalMilliseconds:0} |");
        }
        await Console.Out.WriteLineAsync(page.ToString());
        return right ? 0 : 1;
    }

    private static async Task<string> Seller(Api guest)
    {
        var company = (string)(await guest.Post("/auth/register", new
        {
            kind = "company", email = Email, password = Market.Password, first_name = "Ada", last_name = "Lovelace",
            company_name = "Importer", shop_name = "Importer", country = "DE",
        })).Must()["company_id"]!;
        var seller = guest.As(accessToken: (string)(await guest.Post(
            "/auth/login", new { email = Email, password = Market.Password })).Must()["access_token"]!);
        // Until the catalogue has heard of the shop.
        (await seller.PostWhenKnown("/products", new
        {
            name = "First", sku = "FIRST", price = new { amount = 100, currency = "EUR" }, stock = 1,
        })).Must();
        return (string)(await seller.Post("/api-keys", new
        {
            company_id = company, name = "import", permissions = Permissions,
        })).Must()["key"]!;
    }

    // Every row a product. One in a thousand has no price.
    private static string Products(int rows)
    {
        var csv = new StringBuilder("sku,slug,name,description,tags,options,weight_grams,price,stock\n");
        for (var n = 0; n < rows; n++)
        {
            var price = n % WrongEvery == 0 ? "" : Price(n);
            csv.Append(CultureInfo.InvariantCulture,
                $"I-{n},import-{n},Lamp {n},\"A lamp of oak, with a shade of linen.\",bench|lamp,,{500 + n % 900},{price},{n % 50}\n");
        }
        return csv.ToString();
    }

    private static string Prices(int rows)
    {
        var csv = new StringBuilder("sku,price\n");
        for (var n = 0; n < rows; n++)
            csv.Append(CultureInfo.InvariantCulture, $"I-{n},{Price(n + 1)}\n");
        return csv.ToString();
    }

    private static string Price(int n) => string.Create(CultureInfo.InvariantCulture, $"{10 + n % 90}.{n % 100:00}");

    private static async Task<Outcome> Import(HttpClient http, string key, string csv, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/products/import" + query)
        {
            Content = new StringContent(csv, Encoding.UTF8, new MediaTypeHeaderValue("text/csv", "utf-8")),
        };
        request.Headers.Add("X-Api-Key", key);
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        var started = Stopwatch.GetTimestamp();
        using var taken = await http.SendAsync(request);
        if (taken.StatusCode != HttpStatusCode.Accepted)
            throw new InvalidOperationException($"{(int)taken.StatusCode}: {await taken.Content.ReadAsStringAsync()}");
        var (asked, before, went) = (0, 0, false);
        var (slowest, longest, movedAt) = (TimeSpan.Zero, TimeSpan.Zero, started);
        while (true)
        {
            using var ask = new HttpRequestMessage(HttpMethod.Get, taken.Headers.Location);
            ask.Headers.Add("X-Api-Key", key);
            var askedAt = Stopwatch.GetTimestamp();
            using var answer = await http.SendAsync(ask);
            var now = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            asked++;
            slowest = Max(slowest, Stopwatch.GetElapsedTime(askedAt));
            var done = (int)now["done"]!;
            went |= done < before;
            if (done > before)
                (before, movedAt) = (done, Stopwatch.GetTimestamp());
            longest = Max(longest, Stopwatch.GetElapsedTime(movedAt));
            var took = Stopwatch.GetElapsedTime(started);
            if ((string)now["status"]! == "done")
                return new(done, (int)now["created"]!, (int)now["changed"]!, (int)now["failed"]!, took, asked, slowest, longest, went);
            if (took > TimeMax)
                throw new InvalidOperationException($"After {took} it stands at: {now.ToJsonString()}");
            await Task.Delay(AskEvery);
        }
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private sealed record Outcome(
        int Done, int Created, int Changed, int Failed, TimeSpan Took, int Asked, TimeSpan SlowestAnswer, TimeSpan LongestStill,
        bool WentBack);
}

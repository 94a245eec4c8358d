using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// A slice of a real marketplace, played through HTTP by <c>souk-bench olist</c> while the host is killed once. The books
/// are compared with the sample's own files here, without asking the player.
/// </summary>
[Collection("crashes")]
[Trait("Data", "shared")]
public sealed class OlistTests(ITestOutputHelper output)
{
    private const int OrdersMax = 300;
    private static readonly string Data = Path.GetFullPath("../shared/data/olist", Repository.Root);

    [Fact]
    public async Task Real_orders_come_out_to_the_cent_although_the_host_is_killed_meanwhile()
    {
        if (!Directory.Exists(Data))
            Assert.Skip($"The Olist sample is not in {Data}: see bench/README.md.");
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings)
        {
            ["Souk:Currency"] = "BRL", ["RateLimits:Enabled"] = "false",
        });
        await souk.Start();
        var folder = Directory.CreateTempSubdirectory("souk-olist-");
        try
        {
            var started = Stopwatch.GetTimestamp();
            using var player = Play(souk.Url, folder.FullName);
            var said = player.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = player.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            while (!player.HasExited && await Placed(database) < OrdersMax / 2)
                await Task.Delay(50, TestContext.Current.CancellationToken);
            if (!player.HasExited)
            {
                await souk.Kill();
                await souk.Start();
            }
            await player.WaitForExitAsync(TestContext.Current.CancellationToken);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

            Assert.True(player.ExitCode == 0, await said + await errors);
            var report = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "report.md"));
            Assert.StartsWith("# Olist: everything agrees to the cent", report, StringComparison.Ordinal);
            await Agrees(database, File.ReadAllLines(Path.Combine(folder.FullName, "state")));
            var (exit, verified) = await souk.Command("verify");
            Assert.True(exit == 0, verified);
            output.WriteLine($"{OrdersMax} orders of the sample, one kill: {seconds:0.0} s, all agrees to the cent");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task Agrees(TestDatabase database, string[] journal)
    {
        var orderIds = Journal(journal, "order", "Order", "OrderId");
        var companies = Journal(journal, "seller", "Seller", "CompanyId");
        var items = Rows("order_items.csv")
            .ToLookup(row => row[0], row => (Seller: row[3], Price: Minor(row[5]), Freight: Minor(row[6])));
        var sample = Rows("orders.csv").Where(row => items.Contains(row[0]))
            .OrderBy(row => row[3], StringComparer.Ordinal).ThenBy(row => row[0], StringComparer.Ordinal)
            .Take(OrdersMax).Select(row => (Id: row[0], Ended: row[2] is "canceled" or "unavailable")).ToArray();

        var here = (await database.Rows("""
            select o.id, o.items_minor, o.delivery_minor, o.total_minor, o.status = 'cancelled',
                   coalesce(m.captured_minor, -1), coalesce(m.refunded_minor, -1)
              from orders.orders o left join payments.order_money m on m.order_id = o.id
            """,
            row => (
                Id: row.GetGuid(0), Items: row.GetInt64(1), Freight: row.GetInt64(2), Total: row.GetInt64(3),
                Ended: row.GetBoolean(4), Captured: row.GetInt64(5), Refunded: row.GetInt64(6))))
            .ToDictionary(row => row.Id);
        Assert.Equal(OrdersMax, here.Count);
        foreach (var (id, ended) in sample)
        {
            var (order, freight) = (here[orderIds[id]], items[id].Sum(item => item.Freight));
            var price = items[id].Sum(item => item.Price);
            Assert.Equal(
                (id, price, freight, price + freight, ended),
                (id, order.Items, order.Freight, order.Total, order.Ended));
            Assert.Equal((id, ended ? order.Captured : order.Total), (id, order.Captured));
            Assert.Equal((id, ended ? order.Captured : 0), (id, order.Refunded));
        }

        var sellers = sample.SelectMany(order => items[order.Id]).GroupBy(item => companies[item.Seller])
            .ToDictionary(seller => seller.Key, seller => seller.Sum(item => item.Price + item.Freight));
        var parts = await database.Rows(
            "select company_id, sum(total_minor)::bigint from orders.order_parts group by 1",
            row => (row.GetGuid(0), row.GetInt64(1)));
        Assert.Equal(sellers, parts.ToDictionary());
    }

    private static Process Play(Uri url, string folder)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            Repository.Bench, "olist", "--data", Data, "--url", url.ToString(),
            "--take", OrdersMax.ToString(CultureInfo.InvariantCulture),
            "--state", Path.Combine(folder, "state"), "--report", Path.Combine(folder, "report.md"),
        })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static async Task<long> Placed(TestDatabase database) =>
        (await database.Rows("select count(*) from orders.orders", row => row.GetInt64(0))).Single();

    // What the player made of which row of the sample.
    private static Dictionary<string, Guid> Journal(string[] lines, string kind, string sample, string made) => lines
        .Where(line => line.StartsWith(kind + "\t", StringComparison.Ordinal))
        .Select(line => JsonElement.Parse(line[(kind.Length + 1)..]))
        .ToDictionary(line => line.Text(sample)!, line => line.GetProperty(made).GetGuid());

    // No field of these two files holds a comma.
    private static IEnumerable<string[]> Rows(string file) =>
        File.ReadLines(Path.Combine(Data, file)).Skip(1).Select(line => line.Split(','));

    private static long Minor(string major) => (long)(decimal.Parse(major, CultureInfo.InvariantCulture) * 100m);
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Souk.Bench.Olist;

/// <summary>
/// Reads every order back through the API and compares it with the sample to the cent: items, freight and total per order,
/// per seller and overall, what was captured, and where the order stands.
/// </summary>
internal sealed class OlistAudit(Api guest, OlistData data, OlistJournal journal, int parallel)
{
    private readonly ConcurrentDictionary<string, (long Ours, long Theirs)> sellers = new();
    private readonly ConcurrentBag<string> differences = [];
    private long items, freight, total, captured, refunded, cancelled;

    /// <summary>Answers the report; its first line says whether all agrees.</summary>
    public async Task<(bool Clean, string Report)> Compare(IReadOnlyList<OlistOrder> orders)
    {
        await Parallel.ForEachAsync(orders, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (order, _) => await Compare(order));
        foreach (var (seller, sums) in sellers)
            if (sums.Ours != sums.Theirs)
                differences.Add($"seller {seller}: {Decimal(sums.Ours)} here, {Decimal(sums.Theirs)} in the sample");
        if (items != orders.Sum(o => o.ItemsMinor) || freight != orders.Sum(o => o.FreightMinor) || total != orders.Sum(o => o.TotalMinor))
            differences.Add($"overall: {Decimal(items)} + {Decimal(freight)} = {Decimal(total)} here");

        var report = new StringBuilder()
            .AppendLine(differences.IsEmpty ? "# Olist: everything agrees to the cent" : $"# Olist: {differences.Count} differences")
            .AppendLine()
            .AppendLine("| | here | in the sample |").AppendLine("|---|--:|--:|")
            .AppendLine(CultureInfo.InvariantCulture, $"| orders | {orders.Count(o => journal.Orders.ContainsKey(o.Id)):#,0} | {orders.Count:#,0} (and {data.OrdersWithoutItems} without items, nothing to buy) |")
            .AppendLine(CultureInfo.InvariantCulture, $"| items | {Decimal(items)} | {Decimal(orders.Sum(o => o.ItemsMinor))} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| freight | {Decimal(freight)} | {Decimal(orders.Sum(o => o.FreightMinor))} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| total | {Decimal(total)} | {Decimal(orders.Sum(o => o.TotalMinor))} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| sellers | {sellers.Count:#,0} | {orders.SelectMany(o => o.Lines).Select(l => l.SellerId).Distinct().Count():#,0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| captured | {Decimal(captured)} | |")
            .AppendLine(CultureInfo.InvariantCulture, $"| refunded | {Decimal(refunded)} | |")
            .AppendLine(CultureInfo.InvariantCulture, $"| cancelled orders | {cancelled} | {orders.Count(o => o.Status is "canceled" or "unavailable")} |")
            .AppendLine();
        foreach (var difference in differences.Order(StringComparer.Ordinal))
            report.AppendLine("- " + difference);
        report.AppendLine("## What could not follow the sample exactly").AppendLine();
        var notes = orders.SelectMany(order => (journal.Orders.GetValueOrDefault(order.Id)?.Notes ?? []).Select(note => (order.Id, Kind: note.Split(':')[0], Note: note))).ToList();
        foreach (var kind in notes.GroupBy(note => note.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"### {kind.Key}: {kind.Count()} orders").AppendLine();
            foreach (var (id, _, note) in kind)
                report.AppendLine(CultureInfo.InvariantCulture, $"- `{id}` {note[(note.IndexOf(':', StringComparison.Ordinal) + 2)..]}");
            report.AppendLine();
        }
        return (differences.IsEmpty, report.ToString());
    }

    private async Task Compare(OlistOrder order)
    {
        if (!journal.Orders.TryGetValue(order.Id, out var done))
        {
            differences.Add($"order {order.Id}: not played");
            return;
        }
        var here = await Settled(done);
        var lines = here["parts"]!.AsArray().SelectMany(part => part!["lines"]!.AsArray().Select(line => (Company: (string)part["company_id"]!, Line: line!))).ToList();
        var ourItems = lines.Sum(l => Amount(l.Line["unit_price"]) * (int)l.Line["quantity"]!);
        var ourFreight = lines.Sum(l => Amount(l.Line["delivery"]));
        var ourTotal = lines.Sum(l => Amount(l.Line["total"]));
        if ((ourItems, ourFreight, ourTotal) != (order.ItemsMinor, order.FreightMinor, order.TotalMinor))
            differences.Add($"order {order.Id}: {Decimal(ourItems)} + {Decimal(ourFreight)} = {Decimal(ourTotal)} here, {Decimal(order.ItemsMinor)} + {Decimal(order.FreightMinor)} in the sample");
        Interlocked.Add(ref items, ourItems);
        Interlocked.Add(ref freight, ourFreight);
        Interlocked.Add(ref total, ourTotal);
        foreach (var seller in order.Lines.GroupBy(line => line.SellerId))
        {
            var company = journal.Sellers[seller.Key].CompanyId;
            var ours = lines.Where(l => l.Company == company).Sum(l => Amount(l.Line["total"]));
            var theirs = seller.Sum(line => line.Quantity * (line.PriceMinor + line.FreightMinor));
            sellers.AddOrUpdate(seller.Key, (ours, theirs), (_, sums) => (sums.Ours + ours, sums.Theirs + theirs));
        }

        var (status, took, gave) = ((string)here["status"]!, Amount(here["captured"]), Amount(here["refunded"]));
        Interlocked.Add(ref captured, took);
        Interlocked.Add(ref refunded, gave);
        var wanted = order.Status switch { "delivered" => "delivered", "shipped" => "shipped", "canceled" or "unavailable" => "cancelled", _ => "confirmed" };
        if (status != wanted)
            differences.Add($"order {order.Id}: {status} here, {order.Status} in the sample");
        if (status == "cancelled")
            Interlocked.Increment(ref cancelled);
        if (status == "cancelled" ? took != gave : (took, gave) != (order.TotalMinor, 0))
            differences.Add($"order {order.Id}: {status}, captured {Decimal(took)}, refunded {Decimal(gave)} of {Decimal(order.TotalMinor)}");
    }

    // Captures and refunds follow the last answer by moments.
    private async Task<JsonNode> Settled(OrderDone done)
    {
        for (var attempt = 0; ; attempt++)
        {
            var here = (await guest.Get($"/orders/{done.OrderId}", done.Token)).Must();
            var total = here["totals"]!["total"];
            var wanted = (string)here["status"]! == "cancelled" ? here["refunded"] : total;
            if (Amount(here["captured"]) == Amount(wanted) || attempt == 200)
                return here;
            await Task.Delay(50);
        }
    }

    private static long Amount(JsonNode? money) => money is null ? 0 : (long)money["amount"]!;

    private static string Decimal(long minor) => (minor / 100m).ToString("#,0.00", CultureInfo.InvariantCulture);
}

using Souk.Inventory.Domain;

namespace Souk.Inventory;

/// <summary>
/// The routing rules of all sellers, as each process keeps them: reservations ask for them by the thousand, and they hardly ever
/// change. Who changes one tells every process; what one missed it finds within a minute.
/// </summary>
internal sealed class Routing(TimeProvider clock)
{
    /// <summary>Rules a seller may have.</summary>
    public const int RulesMax = 50;

    private static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(1);
    private static readonly Func<Guid, Destination, RoutingRule?> None = (_, _) => null;
    private Known? known;
    private long changes;

    /// <summary>Asks for the rules again when they are next needed.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref changes);
        Volatile.Write(ref known, null);
    }

    /// <summary>
    /// Which rule decides about an offer that goes somewhere; null without one. Where no seller has a rule it costs nothing.
    /// </summary>
    public async ValueTask<Func<Guid, Destination, RoutingRule?>> Of(
        InventoryDb db, IEnumerable<Guid> offerIds, CancellationToken ct)
    {
        var rules = Volatile.Read(ref known) is { } kept && clock.GetElapsedTime(kept.At) < AgeMax
            ? kept.Rules : await Load(db, ct);
        if (rules.Count == 0)
            return None;
        var sellers = (await db.Query(
            "select id, company_id from offers where id = any($1) and company_id = any($2)",
            row => (Offer: row.GetGuid(0), Company: row.GetGuid(1)), ct, offerIds.Distinct().ToArray(),
            rules.Keys.ToArray())).ToDictionary();
        return (offer, destination) =>
            sellers.TryGetValue(offer, out var seller) ? Array.Find(rules[seller], rule => rule.Fits(destination)) : null;
    }

    private async Task<Dictionary<Guid, RoutingRule[]>> Load(InventoryDb db, CancellationToken ct)
    {
        // A change that is told while they are read may not be among them: then they are good for this once only.
        var (before, at) = (Interlocked.Read(ref changes), clock.GetTimestamp());
        var rules = (await db.Query("""
            select company_id, countries, postcode_prefixes, warehouse_ids, prefer, split from routing_rules where active
             order by company_id, position, id
            """,
            row => new RoutingRule
            {
                CompanyId = row.GetGuid(0),
                Countries = row.GetFieldValue<string[]>(1),
                PostcodePrefixes = row.GetFieldValue<string[]>(2),
                WarehouseIds = row.GetFieldValue<Guid[]>(3),
                Prefer = row.GetString(4),
                Split = row.GetBoolean(5),
            }, ct)).GroupBy(rule => rule.CompanyId).ToDictionary(seller => seller.Key, seller => seller.ToArray());
        if (Interlocked.Read(ref changes) == before)
            Volatile.Write(ref known, new(rules, at));
        return rules;
    }

    private sealed record Known(Dictionary<Guid, RoutingRule[]> Rules, long At);
}

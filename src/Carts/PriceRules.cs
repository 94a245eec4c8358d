using Microsoft.Extensions.Options;
using Npgsql;
using Souk.Carts.Domain;

namespace Souk.Carts;

/// <summary>
/// The rules of pricing in memory: at most a second old, and after a change in this process as new as that. Every process
/// looks at their version twice a second while it prices, and reads them again only when it grew. A quote is made with one
/// set of rules and names its result, so a buyer is never charged by rules other than those that were shown.
/// </summary>
internal sealed class PriceRules(IOptions<PricingOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);
    private volatile Known? known;
    private volatile DatabaseTime? time;
    private readonly Lock gate = new();
    private int looking;
    private int changes;

    /// <summary>
    /// The rules as they are. They are read by the caller's own connection: whoever waits here for another one while it holds
    /// one would, with as many others, wait for a pool that is empty because of them.
    /// </summary>
    public ValueTask<Rules> Now(CartsDb db, CancellationToken ct) =>
        known is { } current && clock.GetElapsedTime(current.LookedAt) < FreshFor
            ? new ValueTask<Rules>(current.Rules)
            : Look(db, known is { } old && clock.GetElapsedTime(old.LookedAt) < AgeMax ? old : null, ct);

    /// <summary>The rules of this moment, however young what is known is: another process may have changed them since.</summary>
    public ValueTask<Rules> Newest(CartsDb db, CancellationToken ct) => Look(db, null, ct);

    /// <summary>
    /// The database's time, told by the last look and counted on from there: a process whose clock is wrong begins and ends
    /// no promotion early or late.
    /// </summary>
    public async ValueTask<DateTimeOffset> Time(CartsDb db, CancellationToken ct)
    {
        await Now(db, ct);
        var told = time!;
        return told.At + clock.GetElapsedTime(told.LookedAt);
    }

    /// <summary>The transaction changes them: the version grows with it, and the next quote of this process looks.</summary>
    public void ChangeWith(CartsDb db)
    {
        db.Run("update pricing_version set version = version + 1");
        db.AfterCommit(() =>
        {
            lock (gate)
            {
                changes++;
                known = null;
            }
        });
    }

    private async ValueTask<Rules> Look(CartsDb db, Known? young, CancellationToken ct)
    {
        // One looks; the others go on with what there is as long as it is not too old. Nobody waits for another: who waits holds
        // a connection, and who looks may need one.
        if (Interlocked.Exchange(ref looking, 1) == 1 && young is not null)
            return young.Rules;
        try
        {
            var (seen, lookedAt) = (Volatile.Read(ref changes), clock.GetTimestamp());
            var (version, at) = (await db.Query(
                "select version, now() from pricing_version",
                row => (row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1)), ct)).Single();
            time = new DatabaseTime(at, lookedAt);
            var rules = known is { } old && old.Version == version ? old.Rules : await Read(db, ct);
            // What was read before a change of this process must not be kept after it.
            lock (gate)
                if (seen == changes)
                    known = new Known(rules, version, lookedAt);
            return rules;
        }
        finally
        {
            Volatile.Write(ref looking, 0);
        }
    }

    private async Task<Rules> Read(CartsDb db, CancellationToken ct)
    {
        var methods = await db.Query(
            """
            select id, company_id, name, countries, postcode_prefixes, currency, base_minor, per_item_minor, per_kg_minor,
                   free_from_minor, tax_category
              from delivery_methods where active
            """,
            Method, ct);
        var taxRates = await db.Query(
            "select country, region, tax_category, percent from tax_rates",
            row => new TaxRate(row.GetString(0), row.GetString(1), row.GetString(2), row.GetDecimal(3)), ct);
        var automatic = await db.Query(
            $"""
            select {CouponSql.Columns} from promotions p
             where p.active and p.code is null and (p.ends_at is null or p.ends_at > now())
            """,
            CartRows.Promotion, ct);
        return new Rules(methods, taxRates, automatic, options.Value.PricesIncludeTax);
    }

    private static DeliveryMethod Method(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.IsDBNull(1) ? null : reader.GetGuid(1),
        reader.GetString(2),
        reader.GetFieldValue<string[]>(3),
        reader.GetFieldValue<string[]>(4),
        reader.IsDBNull(5) ? null : reader.GetString(5),
        reader.GetInt64(6),
        reader.GetInt64(7),
        reader.GetInt64(8),
        reader.IsDBNull(9) ? null : reader.GetInt64(9),
        reader.GetString(10));

    private sealed record Known(Rules Rules, long Version, long LookedAt);

    private sealed record DatabaseTime(DateTimeOffset At, long LookedAt);
}

using Microsoft.Extensions.Options;
using Npgsql;
using Souk.Carts.Domain;
using Souk.Platform.Db;

namespace Souk.Carts;

/// <summary>
/// The rules of pricing in memory: at most a second old, and after a change in this process as new as that. Every process
/// looks at their version twice a second while it prices, and reads them again only when it grew. A quote is made with one
/// set of rules and names its result, so a buyer is never charged by rules other than those that were shown.
/// </summary>
internal sealed class PriceRules(Service<CartsDb> service, IOptions<PricingOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim turn = new(1, 1);
    private volatile Known? known;

    public ValueTask<Rules> Now(CancellationToken ct) =>
        known is { } current && clock.GetElapsedTime(current.LookedAt) < FreshFor ? new ValueTask<Rules>(current.Rules) : Look(ct);

    /// <summary>The transaction changes them: the version grows with it, and the next quote of this process looks.</summary>
    public void ChangeWith(CartsDb db)
    {
        db.Run("update pricing_version set version = version + 1");
        db.AfterCommit(() => known = null);
    }

    private async ValueTask<Rules> Look(CancellationToken ct)
    {
        // One looks; the others go on with what there is as long as it is not too old.
        var young = known is { } current && clock.GetElapsedTime(current.LookedAt) < AgeMax ? current : null;
        if (young is not null && !await turn.WaitAsync(TimeSpan.Zero, ct))
            return young.Rules;
        if (young is null)
            await turn.WaitAsync(ct);
        try
        {
            if (known is { } latest && clock.GetElapsedTime(latest.LookedAt) < FreshFor)
                return latest.Rules;
            var lookedAt = clock.GetTimestamp();
            await using var connection = await service.DataSource.OpenConnectionAsync(ct);
            var version = await Version(connection, ct);
            var rules = known is { } old && old.Version == version ? old.Rules : await Read(connection, ct);
            known = new Known(rules, version, lookedAt);
            return rules;
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<long> Version(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select version from pricing_version", connection);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task<Rules> Read(NpgsqlConnection connection, CancellationToken ct)
    {
        List<DeliveryMethod> methods = [];
        List<(string, string, decimal)> taxRates = [];
        List<Promotion> automatic = [];
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    select id, company_id, name, countries, postcode_prefixes, currency, base_minor, per_item_minor, free_from_minor, tax_category
                      from delivery_methods where active
                    """),
                new("select country, tax_category, percent from tax_rates"),
                new($"select {CartSql.PromotionColumns} from promotions p where p.active and p.code is null and (p.ends_at is null or p.ends_at > now())"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            methods.Add(Method(reader));
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            taxRates.Add((reader.GetString(0), reader.GetString(1), reader.GetDecimal(2)));
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            automatic.Add(CartRows.Promotion(reader));
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
        reader.IsDBNull(8) ? null : reader.GetInt64(8),
        reader.GetString(9));

    private sealed record Known(Rules Rules, long Version, long LookedAt);
}

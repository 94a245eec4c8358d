using Microsoft.Extensions.Options;
using Npgsql;
using Souk.Payments.Domain;
using Souk.Platform.Db;

namespace Souk.Payments;

/// <summary>
/// The commission rules, kept in memory: every checkout needs them and they hardly ever change. A change made by this process
/// holds at once, one made by another within two seconds.
/// </summary>
internal sealed class CommissionRateCache(Service<PaymentsDb> service, IOptions<PaymentsOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan KeptMax = TimeSpan.FromSeconds(2);
    private Cached? cached;

    public async ValueTask<CommissionRates> Now(CancellationToken ct)
    {
        if (cached is { } known && clock.GetElapsedTime(known.At) < KeptMax)
            return known.Rates;
        var at = clock.GetTimestamp();
        var rules = await service.Query(
            "select id, name, product_id, category_id, company_id, percent, fixed_minor, min_minor, max_minor, currency from commission_rules", Read, ct);
        var rates = new CommissionRates(rules, options.Value.CommissionPercent);
        cached = new Cached(rates, at);
        return rates;
    }

    /// <summary>The rules changed.</summary>
    public void Forget() => cached = null;

    private static CommissionRule Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Name = row.GetString(1),
        ProductId = row.IsDBNull(2) ? null : row.GetGuid(2),
        CategoryId = row.IsDBNull(3) ? null : row.GetGuid(3),
        CompanyId = row.IsDBNull(4) ? null : row.GetGuid(4),
        Percent = row.GetDecimal(5),
        FixedMinor = row.GetInt64(6),
        MinMinor = row.IsDBNull(7) ? null : row.GetInt64(7),
        MaxMinor = row.IsDBNull(8) ? null : row.GetInt64(8),
        Currency = row.IsDBNull(9) ? null : row.GetString(9),
    };

    private sealed record Cached(CommissionRates Rates, long At);
}

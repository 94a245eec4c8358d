using Souk.Platform.Jobs;

namespace Souk.Catalog.Jobs;

/// <summary>
/// Forgets prices that ended more than 400 days ago: a year is enough to prove a reduction by, and an offer whose price follows
/// a competitor's every minute would fill the table.
/// </summary>
internal sealed class ForgetPrices(CatalogDb db) : IJob
{
    public Task Run(CancellationToken ct) => db.DeleteInSteps(
        "offer_prices",
        """
        at < now() - interval '400 days' and exists (
            select 1 from offer_prices n
             where n.offer_id = offer_prices.offer_id and n.at > offer_prices.at and n.at < now() - interval '400 days')
        """,
        ct);
}

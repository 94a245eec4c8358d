using Souk.Platform.Jobs;

namespace Souk.Catalog.Jobs;

/// <summary>
/// Forgets prices that ended more than 400 days ago: a year is enough to prove a reduction by, and an offer whose price follows
/// a competitor's every minute would fill the table.
/// </summary>
internal sealed class ForgetPrices(CatalogDb db) : IJob
{
    private const int StepMax = 5000;

    public Task Run(CancellationToken ct) => db.Execute("""
        delete from offer_prices where (offer_id, at) in (
            select p.offer_id, p.at from offer_prices p
             where p.at < now() - interval '400 days' and exists (
                   select 1 from offer_prices n
                    where n.offer_id = p.offer_id and n.at > p.at and n.at < now() - interval '400 days')
             limit $1)
        """, ct, StepMax);
}

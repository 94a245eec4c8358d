using Microsoft.Extensions.Options;
using Souk.Platform.Jobs;

namespace Souk.Carts.Jobs;

/// <summary>
/// Removes carts that nobody has touched for a while (30 days by default), with the contacts in them, and redemptions of
/// coupons that can no longer be given back: a bounded number each time, so that a large backlog never holds up sales.
/// </summary>
internal sealed class RemoveOldCarts(CartsDb db, IOptions<PricingOptions> options) : IJob
{
    private const int RowsMax = 1000;

    // Longer than any order may wait for its payment.
    private static readonly TimeSpan RedemptionsKeptFor = TimeSpan.FromDays(60);

    public Task Run(CancellationToken ct)
    {
        db.Run(
            """
            delete from carts where id in (
                select id from carts
                 where created_at < now() - $1::interval and updated_at < now() - $1::interval and status = 'open' limit $2
                   for update skip locked)
            """,
            options.Value.CartKeptFor, RowsMax);
        db.Run(
            """
            delete from redemptions where (order_id, promotion_id) in (
                select order_id, promotion_id from redemptions where created_at < now() - $1::interval limit $2)
            """,
            RedemptionsKeptFor, RowsMax);
        return Task.CompletedTask;
    }
}

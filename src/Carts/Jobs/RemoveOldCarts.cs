using Microsoft.Extensions.Options;
using Souk.Platform.Jobs;

namespace Souk.Carts.Jobs;

/// <summary>
/// Removes carts that nobody has touched for a while (30 days by default), with the contacts in them, and redemptions of
/// coupons that can no longer be given back: in bounded steps, so that a large backlog never holds up sales.
/// </summary>
internal sealed class RemoveOldCarts(CartsDb db, IOptions<PricingOptions> options) : IJob
{
    // Longer than any order may wait for its payment.
    private static readonly TimeSpan RedemptionsKeptFor = TimeSpan.FromDays(60);

    public async Task Run(CancellationToken ct)
    {
        await db.DeleteInSteps(
            "carts", "created_at < now() - $1::interval and updated_at < now() - $1::interval and status = 'open'", ct,
            [options.Value.CartKeptFor], skipLocked: true);
        await db.DeleteInSteps("redemptions", "created_at < now() - $1::interval", ct, [RedemptionsKeptFor]);
    }
}

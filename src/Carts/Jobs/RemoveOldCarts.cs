using Microsoft.Extensions.Options;
using Souk.Platform.Jobs;

namespace Souk.Carts.Jobs;

/// <summary>
/// Removes carts that nobody has touched for a while (30 days by default), with the contacts in them: a bounded number each
/// time, so that a large backlog never holds up sales.
/// </summary>
internal sealed class RemoveOldCarts(CartsDb db, IOptions<PricingOptions> options) : IJob
{
    private const int CartsMax = 1000;

    public Task Run(CancellationToken ct) => db.Execute(
        """
        delete from carts where id in (
            select id from carts
             where created_at < now() - $1::interval and updated_at < now() - $1::interval and status = 'open' limit $2
               for update skip locked)
        """,
        ct, options.Value.CartKeptFor, CartsMax);
}

using Microsoft.Extensions.Options;
using Souk.Contracts.Carts;
using Souk.Platform.Jobs;

namespace Souk.Carts.Jobs;

/// <summary>
/// Says which carts were filled and then left alone (for 4 hours by default); who may be written to about it is not decided
/// here. A bounded number each time, and only carts begun in the last days: older ones no reminder brings back.
/// </summary>
internal sealed class MarkAbandonedCarts(CartsDb db, IOptions<PricingOptions> options) : IJob
{
    private const int CartsMax = 500;
    private static readonly TimeSpan BegunWithin = TimeSpan.FromDays(14);

    public async Task Run(CancellationToken ct)
    {
        var abandoned = await db.Query(
            """
            update carts c set abandoned_at = now()
              from (select id from carts
                     where created_at > now() - $1::interval and updated_at < now() - $2::interval
                       and (abandoned_at is null or abandoned_at < updated_at) and status = 'open' and cardinality(offer_ids) > 0
                     limit $3 for update skip locked) as quiet
             where c.id = quiet.id
            returning c.id, c.account_id, c.currency, c.offer_ids, c.updated_at,
                      (select sum(price::numeric * quantity) from unnest(c.prices, c.quantities) as l (price, quantity))
            """,
            row => new CartAbandoned(
                CartId: row.GetGuid(0),
                AccountId: row.IsDBNull(1) ? null : row.GetGuid(1),
                row.GetString(2),
                (long)Math.Min(row.GetDecimal(5), long.MaxValue),
                row.GetFieldValue<Guid[]>(3),
                row.GetFieldValue<DateTimeOffset>(4)),
            ct, BegunWithin, options.Value.CartAbandonedAfter, CartsMax);
        foreach (var cart in abandoned.OrderBy(cart => cart.CartId))
            db.Publish(cart);
    }
}

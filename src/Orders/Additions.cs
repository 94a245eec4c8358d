using Souk.Orders.Domain;

namespace Souk.Orders;

/// <summary>Reads what was added to orders (<see cref="Adding" />).</summary>
internal static class Additions
{
    // Oldest first, which is the order in which rows of orders are locked everywhere.
    private const string Ids = "select id from additions where order_id = $1 order by id";

    extension(OrdersDb db)
    {
        /// <summary>All that was added to an order, to be read; oldest first.</summary>
        public async Task<Order[]> AdditionsOf(Guid orderId, CancellationToken ct)
        {
            var ids = await db.Query(Ids, row => row.GetGuid(0), ct, orderId);
            return ids is [] ? [] : [.. (await db.ReadWithCounts([.. ids], ct)).OrderBy(addition => addition.Id)];
        }

        /// <summary>The same, locked until the end of the request, after the order itself.</summary>
        public async Task<List<Order>> LockedAdditionsOf(Guid orderId, CancellationToken ct)
        {
            var additions = new List<Order>();
            foreach (var id in await db.Query(Ids, row => row.GetGuid(0), ct, orderId))
                additions.Add(
                    await db.Locked(id, ct) ?? throw new InvalidOperationException($"Addition {id} is no order."));
            return additions;
        }
    }
}

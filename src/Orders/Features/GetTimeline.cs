using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// What happened to an order, oldest first. Who sees the order sees it; a seller what concerns the whole order and
/// their own part. Actors are named by what they are, not by who.
/// </summary>
internal static class GetTimeline
{
    // An order makes a dozen moves in its life; refunds may add more.
    private const int EntriesMax = 500;

    public static void Map(IEndpointRouteBuilder orders) => orders.MapGet("/{id:guid}/timeline", Handle)
        .AllowGuests()
        .WithSummary("What happened to an order")
        .Problems("404 not_found")
        .WithExample(response: new OrderTimeline(Examples.OrderId,
        [
            new OrderTimelineEntry(Examples.Noon, "buyer", null, null, "pending", "placed", null),
            new OrderTimelineEntry(Examples.Noon, "system", null, "pending", "confirmed", "payment_authorized", null),
        ]));

    private static async Task<Ok<OrderTimeline>> Handle(Guid id, Caller caller, OrdersDb db, CancellationToken ct)
    {
        var order = await db.Find(id, ct) ?? throw RuleException.NotFound();
        var sight = Sight.Of(order, caller) ?? throw RuleException.NotFound();
        var seen = sight.Parts(order).Select(part => part.Id).ToHashSet();
        var entries = await db.Query(
            $"select at, actor, part_id, from_status, to_status, reason, note from timeline where order_id = $1 order by id limit {EntriesMax}",
            row => new OrderTimelineEntry(
                row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetGuid(2),
                row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4), row.GetString(5), row.IsDBNull(6) ? null : row.GetString(6)),
            ct, id);
        return TypedResults.Ok(new OrderTimeline(id, [.. entries.Where(entry => entry.PartId is null || seen.Contains(entry.PartId.Value))]));
    }
}

/// <summary>What happened to an order.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Entries">Oldest first.</param>
public sealed record OrderTimeline(Guid OrderId, OrderTimelineEntry[] Entries);

/// <summary>One thing that happened.</summary>
/// <param name="At">When.</param>
/// <param name="Actor"><c>buyer</c>, <c>seller</c>, <c>warehouse</c>, <c>staff</c> or <c>system</c>.</param>
/// <param name="PartId">The part it concerns; null when it is the whole order.</param>
/// <param name="From">Where it stood before; null at its beginning.</param>
/// <param name="To">Where it stands since.</param>
/// <param name="Reason">Why, a stable word.</param>
/// <param name="Note">What the actor said.</param>
public sealed record OrderTimelineEntry(DateTimeOffset At, string Actor, Guid? PartId, string? From, string To, string Reason, string? Note);

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Orders.Events;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Asks to give goods back. The buyer may (a guest by the order's token) for a while after they arrived, the seller and
/// staff for as long as they like, for a parcel that came back, say. Nothing moves before the seller approved it.
/// </summary>
internal static class RequestReturn
{
    public static void Map(IEndpointRouteBuilder returns) => returns.MapPost("", Handle)
        .AllowGuests()
        .Idempotent()
        .WithSummary("Ask to return goods")
        .WithDescription("""
            Pieces of one seller's part that were delivered. A part of each seller is a return of its own. The seller
            approves or rejects it; when the goods have arrived, their money goes back.
            """)
        .Problems(
            "not_returnable", "return_window_over", "404 not_found", "422 several_sellers", "422 unknown_line",
            "422 duplicate_line", "422 too_many_pieces")
        .WithExample(
            new RequestReturnRequest(
                Examples.OrderId, [new PiecesRequest(Examples.LineId, 1)], "damaged", "The shade is dented."),
            ReturnDetails.Example with
            {
                Status = ReturnStatus.Requested, Decision = null, RefundDelivery = false, RefundId = null,
                Refund = null,
                DecidedAt = null, ReceivedAt = null,
                Lines = [new ReturnDetailsLine(Examples.LineId, "LAMP-01", "Brass lamp", 1, 0, 0, 0, null, null)],
            });

    private static async Task<Created<ReturnDetails>> Handle(
        RequestReturnRequest request, Caller caller, OrdersDb db, IOptions<OrdersOptions> options, TimeProvider clock,
        HttpContext http, CancellationToken ct)
    {
        var order = await db.Locked(request.OrderId!.Value, caller, ct);
        var sight = Sight.Of(order, caller)!;
        var actor = order.ActorFor(caller, clock);
        OrderPart[] parts = [.. sight.Parts(order).Where(part =>
            actor.Kind == "buyer" || caller.Can(Permissions.OrdersManage, part.CompanyId))];
        if (parts is [])
            throw new RuleException(403, "forbidden", "You may see this order but return nothing of it.");
        var asked = await Asked(db, order.Id, ct);
        var pieces = Chosen.Of(
            request.Lines, parts.SelectMany(part => part.Lines),
            parts.SelectMany(order.Kept).Select(kept => kept with
            {
                Quantity = kept.Quantity - asked.GetValueOrDefault(kept.LineId),
            }),
            "of these were shipped and are not asked back yet");
        var part = Only(parts, pieces);
        if (part.Status is not (PartStatus.Delivered or PartStatus.PartlyReturned))
            throw new RuleException(
                "not_returnable",
                $"This part is {Words.Of(order.StatusOf(part))}: goods are returned when they were delivered.");
        if (actor.Kind == "buyer" && part.DeliveredAt + options.Value.ReturnWindow < actor.At)
            throw new RuleException(
                "return_window_over",
                $"Goods can be returned for {options.Value.ReturnWindow.Days} days. Ask the seller for an exception.");

        var made = Make(order, part, request, pieces, actor.At);
        db.Add(made);
        order.Note(part, "return_requested", actor, request.Comment);
        db.Publish(Steps.Moved(made, order));
        if (actor.Kind != "buyer")
            db.Audit(
                caller, "return.request", "return", made.Id, actor.Kind == "seller" ? part.CompanyId : null,
                after: new { made.OrderId, pieces }, reason: request.Comment);
        ETag.Set(http, made);
        return TypedResults.Created($"/returns/{made.Id}", ReturnDetails.Of(made, ReturnSight.Of(made, caller)!));
    }

    private static Return Make(
        Order order, OrderPart part, RequestReturnRequest request, LineQuantity[] pieces, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7();
        return new Return
        {
            Id = id,
            OrderId = order.Id,
            PartId = part.Id,
            CompanyId = part.CompanyId,
            AccountId = order.AccountId,
            Currency = order.Currency,
            Reason = request.Reason,
            Comment = request.Comment,
            CreatedAt = now,
            ShopIds = [.. pieces.Select(piece => part.Line(piece.LineId).ShopId)],
            Lines =
            [
                .. pieces.Select((piece, n) => new ReturnLine
                {
                    ReturnId = id,
                    LineId = piece.LineId,
                    Position = n,
                    Sku = part.Line(piece.LineId).Sku,
                    Title = part.Line(piece.LineId).Title,
                    Quantity = piece.Quantity,
                }),
            ],
        };
    }

    private static OrderPart Only(OrderPart[] parts, LineQuantity[] pieces)
    {
        var lines = pieces.Select(piece => piece.LineId).ToHashSet();
        OrderPart[] named = [.. parts.Where(part => part.Lines.Exists(line => lines.Contains(line.Id)))];
        return named is [var only]
            ? only
            : throw RuleException.Invalid(
                "/lines", "several_sellers", "These lines are of several sellers. Make a return for each of them.");
    }

    // Pieces of other returns that are not here yet.
    private static async Task<Dictionary<Guid, int>> Asked(OrdersDb db, Guid orderId, CancellationToken ct) =>
        (await db.Query("""
            select l.line_id, sum(l.quantity)::int from returns r join return_lines l on l.return_id = r.id
             where r.order_id = $1 and r.status in ('requested', 'approved') group by 1
            """, row => (row.GetGuid(0), row.GetInt32(1)), ct, orderId)).ToDictionary();
}

/// <summary>Goods that are to come back.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Lines">What of it; lines of one seller.</param>
/// <param name="Reason">
/// <c>damaged</c>, <c>wrong_item</c>, <c>not_as_described</c>, <c>no_longer_wanted</c>, <c>undeliverable</c> or <c>other</c>.
/// </param>
/// <param name="Comment">What the seller should know.</param>
public sealed record RequestReturnRequest(
    [Required] Guid? OrderId,
    [MinLength(1), MaxLength(500)] PiecesRequest[] Lines,
    [Required]
    [AllowedValues("damaged", "wrong_item", "not_as_described", "no_longer_wanted", "undeliverable", "other")]
    string Reason,
    [StringLength(1000, MinimumLength = 1)] string? Comment = null);

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Orders.Events;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Says which goods of an approved return have arrived, and how they look. The seller may, staff, and the company that
/// receives for the seller. Their money goes back, and what is to be sold again lies on the shelf again.
/// </summary>
internal static class ReceiveReturn
{
    public static void Map(IEndpointRouteBuilder returns) => returns.MapPost("/{id:guid}/receive", Handle)
        .RequirePermission(Permissions.OrdersManage, Permissions.StockManage)
        .Idempotent()
        .WithSummary("Receive returned goods")
        .WithDescription("""
            Once for a return: what is not named did not come. Money goes back for every piece that came, unless the
            seller says a smaller refund_quantity. What is restocked lies in warehouse_id, where the seller may use
            that, else in the seller's default warehouse.
            """)
        .Problems(
            "return_move", "changed_meanwhile", "403 forbidden", "404 not_found", "412 stale", "422 unknown_line",
            "422 duplicate_line", "422 too_many_pieces")
        .WithExample(
            new ReceiveReturnRequest([new ReceiveReturnLine(Examples.LineId, 1, "damaged", Restock: false)]),
            ReturnDetails.Example);

    private static async Task<Ok<ReturnDetails>> Handle(
        Guid id, ReceiveReturnRequest request, Caller caller, OrdersDb db, TimeProvider clock, HttpContext http,
        CancellationToken ct)
    {
        var (it, order) = await db.LockedReturn(id, caller, ct);
        ETag.Check(http, it.Version);
        var actor = it.As(caller, clock);
        if (actor.Kind == ReturnSight.Buyer)
            throw new RuleException(403, "forbidden", "You may see this return but not receive it.");
        if (actor.Kind == ReturnSight.Warehouse && request.Lines.Any(line => line.RefundQuantity is not null))
            throw new RuleException(
                403, "forbidden", "The seller decides what is refunded. Leave refund_quantity out.");
        it.Receive(order, Arrived(it, order, request), actor);

        LineQuantity[] restocked =
        [
            .. it.Lines.Where(line => line.Restocked > 0).Select(line => new LineQuantity(
                line.LineId, order.PartOf(it).Line(line.LineId).OfferId, line.Restocked)),
        ];
        if (restocked is not [])
            db.Publish(new GoodsReturned(
                order.Id, it.Id, it.CompanyId, caller.AccountId, request.WarehouseId, restocked));
        db.Publish(Steps.Moved(it, order));
        if (it.RefundId is { } refundId)
            db.Publish(new RefundDue(order.Id, refundId, it.CompanyId, caller.AccountId, "return", it.Refund()));
        db.Audit(
            caller, "return.receive", "return", it.Id, Company(it, actor),
            after: new { request.WarehouseId, request.Lines, it.RefundMinor }, reason: request.Note);
        ETag.Set(http, it);
        return TypedResults.Ok(ReturnDetails.Of(it, ReturnSight.Of(it, caller)!));
    }

    // Pieces that came against those that were to come.
    private static ReceivedPieces[] Arrived(Return it, Order order, ReceiveReturnRequest request)
    {
        var lines = it.Lines.Select(line => line.LineId).ToHashSet();
        Chosen.Of(
            [.. request.Lines.Select(line => new PiecesRequest(line.LineId, line.Quantity))],
            order.PartOf(it).Lines.Where(line => lines.Contains(line.Id)),
            it.Lines.Select(line => new LineQuantity(line.LineId, Guid.Empty, line.Quantity)), "were to come back");
        foreach (var (n, line) in request.Lines.Index())
            if (line.RefundQuantity > line.Quantity)
                throw RuleException.Invalid(
                    $"/lines/{n}/refund_quantity", "too_many_pieces",
                    $"{line.Quantity} came. Refund no more than these.");
        return
        [
            .. request.Lines.Select(line => new ReceivedPieces(
                line.LineId!.Value, line.Quantity, line.Restock ? line.Quantity : 0,
                line.RefundQuantity ?? line.Quantity, line.Condition)),
        ];
    }

    private static Guid? Company(Return it, Actor actor) => actor.Kind switch
    {
        ReturnSight.Seller => it.CompanyId,
        ReturnSight.Warehouse => it.ReceiverCompanyId,
        _ => null,
    };
}

/// <summary>Goods that have arrived.</summary>
/// <param name="Lines">What came; what is not named did not.</param>
/// <param name="WarehouseId">Where they lie; by default in the seller's default warehouse.</param>
/// <param name="Note">For the record.</param>
public sealed record ReceiveReturnRequest(
    [MinLength(1), MaxLength(500)] ReceiveReturnLine[] Lines, Guid? WarehouseId = null,
    [StringLength(200)] string? Note = null);

/// <summary>Pieces of a line that have arrived.</summary>
/// <param name="LineId">The line of the order.</param>
/// <param name="Quantity">How many.</param>
/// <param name="Condition"><c>new</c>, <c>opened</c>, <c>used</c> or <c>damaged</c>.</param>
/// <param name="Restock">Whether they are sold again; by default yes.</param>
/// <param name="RefundQuantity">For how many of them money goes back; by default for all. The seller decides.</param>
public sealed record ReceiveReturnLine(
    [Required] Guid? LineId,
    [Range(1, 1_000_000)] int Quantity,
    [Required, AllowedValues("new", "opened", "used", "damaged")] string Condition,
    bool Restock = true,
    [Range(0, 1_000_000)] int? RefundQuantity = null);

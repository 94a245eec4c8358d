using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts.Catalog;
using Souk.Inventory.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Records goods that came in, went out, were found or lost, or went to another warehouse. The seller may, and the operator
/// of the warehouse for what was given to them. What orders have reserved never leaves this way.
/// </summary>
internal static class MoveStock
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/stock-movements", Handle)
        .RequirePermission(Permissions.StockManage)
        .Idempotent()
        .WithSummary("Move stock")
        .WithDescription("Kinds: `in` and `out` with the pieces that came or went, `adjust` with the difference (negative when pieces are "
            + "missing), `transfer` with `to_warehouse_id`. What goes out, or is corrected, needs a `reason`.")
        .Problems("not_enough_stock", "capacity_exceeded", "422 offer_required", "422 unknown_warehouse", "422 warehouse_required",
            "422 invalid_quantity", "422 reason_required", "422 same_warehouse", "404 not_found")
        .WithExample(request: new MoveStockRequest("in", Guid.Parse("01936f5e-0000-7000-8000-000000000001"), 50, Reason: "delivery 4711"));

    private static async Task<Created<MoveStockResponse>> Handle(
        MoveStockRequest request, Caller caller, InventoryDb db, ICatalogApi catalog, CancellationToken ct)
    {
        if (request.Kind == MovementKind.Adjust ? request.Quantity == 0 : request.Quantity < 1)
            throw RuleException.Invalid("/quantity", "invalid_quantity", "Give at least 1; only an adjustment may be negative, and never 0.");
        if (request.Kind is MovementKind.Out or MovementKind.Adjust && string.IsNullOrWhiteSpace(request.Reason))
            throw RuleException.Invalid(
                "/reason", "reason_required", "Say why pieces went out, or were more or fewer than the books said.");
        if (request.Kind == MovementKind.Transfer != request.ToWarehouseId is not null)
            throw RuleException.Invalid("/to_warehouse_id", "unknown_warehouse", "A transfer, and nothing else, names the warehouse it goes to.");

        var offer = await db.OfferOf(catalog, caller, request.OfferId, "/offer_id", ct);
        var from = await db.PlaceOf(caller, offer, request.WarehouseId, "/warehouse_id", ct);
        var to = request.ToWarehouseId is { } id ? await db.PlaceOf(caller, offer, id, "/to_warehouse_id", ct) : null;
        if (to?.Id == from.Id)
            throw RuleException.Invalid("/to_warehouse_id", "same_warehouse", "Name another warehouse: the pieces are in this one.");

        StockPlace[] places = to is null ? [from] : [from, to];
        var capacities = await Capacities.Lock(db, places.Select(place => place.Id), ct);
        var stock = await LockedStock.Open(db, [.. places.Select(place => (offer.Id, place.Id))], ct);
        var transfer = to is null ? (Guid?)null : Guid.CreateVersion7();
        var movements = new List<StockMovement>();
        var sign = request.Kind is MovementKind.Out or MovementKind.Transfer ? -1 : 1;
        Move(from, sign * request.Quantity);
        if (to is not null)
            Move(to, request.Quantity);
        stock.Write();
        db.Audit(caller, "stock." + request.Kind, "offer", offer.Id, offer.CompanyId,
            after: new { warehouse_id = from.Id, to_warehouse_id = to?.Id, quantity = request.Quantity }, reason: request.Reason);
        return TypedResults.Created(
            $"/stock-movements?offer_id={offer.Id}",
            new MoveStockResponse(movements, [.. places.Select(place => StockLevel.Of(offer, place, stock.Shelf(offer.Id, place.Id)!))]));

        void Move(StockPlace place, long change)
        {
            var shelf = stock.Shelf(offer.Id, place.Id)!;
            if (shelf.Free + change < 0)
                throw new RuleException("not_enough_stock", $"{shelf.Free} pieces are here and not reserved. Take no more than these.");
            if (!capacities.TryTake(place.Id, change))
                throw new RuleException("capacity_exceeded", "The warehouse does not hold that many. Raise its capacity or take another one.");
            var note = new MovementNote(
                request.Kind, AccountId: caller.AccountId, TransferId: transfer, Reason: request.Reason, Id: Guid.CreateVersion7());
            stock.Move(shelf, change, note);
            movements.Add(new(
                note.Id!.Value, stock.Now, request.Kind, offer.Id, offer.Sku, place.Id, place.Name, change, null, caller.AccountId, transfer, request.Reason));
        }
    }
}

/// <summary>Goods that moved.</summary>
/// <param name="Kind"><c>in</c>, <c>out</c>, <c>adjust</c> or <c>transfer</c>.</param>
/// <param name="OfferId">The offer; a product's id is accepted where you sell exactly one offer of it.</param>
/// <param name="Quantity">Pieces; for <c>adjust</c> the difference, which may be negative.</param>
/// <param name="WarehouseId">Where; left out for the seller's default warehouse.</param>
/// <param name="ToWarehouseId">Where a transfer goes to.</param>
/// <param name="Reason">Why, for the record; <c>out</c> and <c>adjust</c> need it.</param>
public sealed record MoveStockRequest(
    [property: Required, AllowedValues("in", "out", "adjust", "transfer")] string Kind,
    Guid OfferId,
    [property: Range(-1_000_000_000, 1_000_000_000)] long Quantity,
    Guid? WarehouseId = null,
    Guid? ToWarehouseId = null,
    [property: StringLength(200)] string? Reason = null);

/// <summary>The movements that were recorded, and what lies there now.</summary>
/// <param name="Movements">One; two for a transfer.</param>
/// <param name="Levels">The levels they changed.</param>
public sealed record MoveStockResponse(IReadOnlyList<StockMovement> Movements, IReadOnlyList<StockLevel> Levels);

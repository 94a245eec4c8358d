using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts.Catalog;
using Souk.Inventory.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Sets how many pieces of an offer lie in a warehouse, as a count found them. The seller may, and the operator of the
/// warehouse for what was given to them. The difference is a movement.
/// </summary>
internal static class SetStockLevel
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        Describe(routes.MapPut("/stock-levels/{id:guid}", Handle));
        Describe(routes.MapPut("/inventory/product/{id:guid}/stock", Handle)).Alias("PUT /stock-levels/{id}");

        static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
            .RequirePermission(Permissions.StockManage)
            .WithSummary("Set a stock level")
            .WithDescription("The id is an offer's; a product's is accepted where you sell exactly one offer of it. Without a warehouse "
                + "it is your company's default one. `expected` makes it a compare-and-swap.")
            .Problems("reserved_pieces", "stock_changed", "capacity_exceeded", "412 stale", "422 offer_required", "422 unknown_warehouse", "422 warehouse_required")
            .WithExample(request: new SetStockLevelRequest(120, null, "yearly count", 118));
    }

    private static async Task<StockLevel> Handle(
        Guid id, SetStockLevelRequest request, Caller caller, InventoryDb db, ICatalogApi catalog, HttpContext http, CancellationToken ct)
    {
        var offer = await db.OfferOf(catalog, caller, id, "", ct);
        var place = await db.PlaceOf(caller, offer, request.WarehouseId, "/warehouse_id", ct);
        var capacities = await Capacities.Lock(db, [place.Id], ct);
        var stock = await LockedStock.Open(db, [(offer.Id, place.Id)], ct);
        var shelf = stock.Shelf(offer.Id, place.Id)!;
        ETag.Check(http, shelf.Version);

        var before = shelf.OnHand;
        var note = new MovementNote(MovementKind.Adjust, AccountId: caller.AccountId, Reason: request.Reason);
        if (Set(stock, capacities, shelf, request.Quantity, request.Expected, note) is var (code, detail))
        {
            var refusal = new RuleException(code, detail);
            (refusal.More["on_hand"], refusal.More["reserved"]) = (shelf.OnHand, shelf.Reserved);
            throw refusal;
        }
        stock.Write();
        if (shelf.OnHand != before)
            db.Audit(caller, "stock.set", "offer", offer.Id, offer.CompanyId,
                new { warehouse_id = place.Id, on_hand = before }, new { warehouse_id = place.Id, on_hand = shelf.OnHand }, request.Reason);
        ETag.Set(http, shelf.Version);
        return StockLevel.Of(offer, place, shelf);
    }

    /// <summary>Sets a shelf to what was counted. What speaks against it comes back; then nothing is changed.</summary>
    public static (string Code, string Detail)? Set(
        LockedStock stock, Capacities capacities, Shelf shelf, long quantity, long? expected, MovementNote note)
    {
        if (expected is { } was && was != shelf.OnHand)
            return ("stock_changed", $"{shelf.OnHand} are on hand, not {was}. Read the level again, then retry.");
        if (quantity < shelf.Reserved)
            return ("reserved_pieces", $"{shelf.Reserved} pieces are reserved for orders. Cancel orders first, or set at least as many.");
        var change = quantity - shelf.OnHand;
        if (change == 0)
            return null;
        if (!capacities.TryTake(shelf.WarehouseId, change))
            return ("capacity_exceeded", "The warehouse does not hold that many. Raise its capacity or take another one.");
        stock.Move(shelf, change, note);
        return null;
    }
}

/// <summary>What was counted.</summary>
/// <param name="Quantity">Pieces on hand from now on; not less than what is reserved.</param>
/// <param name="WarehouseId">Where; left out for the seller's default warehouse.</param>
/// <param name="Reason">Why it differs, for the record.</param>
/// <param name="Expected">Pieces that are on hand as far as you know; refused when that is no longer so.</param>
public sealed record SetStockLevelRequest(
    [property: Range(0, 1_000_000_000)] long Quantity,
    Guid? WarehouseId = null,
    [property: StringLength(200)] string? Reason = null,
    [property: Range(0, 1_000_000_000)] long? Expected = null);

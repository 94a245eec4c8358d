namespace Souk.Inventory.Domain;

/// <summary>Why a counter changed. Words of the API and of the table.</summary>
internal static class MovementKind
{
    public const string In = "in";
    public const string Out = "out";
    public const string Adjust = "adjust";
    public const string Transfer = "transfer";
    public const string Reserve = "reserve";
    public const string Release = "release";
}

/// <summary>What is known about a movement besides its pieces.</summary>
/// <param name="Kind">A word of <see cref="MovementKind" />.</param>
/// <param name="OrderId">The order it belongs to.</param>
/// <param name="AccountId">Who did it; null for the system.</param>
/// <param name="TransferId">Joins the two rows of a transfer.</param>
/// <param name="Reason">Why, as the person or the rule says it.</param>
/// <param name="Id">The movement's id where somebody is told it; else the database makes one.</param>
internal readonly record struct MovementNote(
    string Kind, Guid? OrderId = null, Guid? AccountId = null, Guid? TransferId = null, string? Reason = null, Guid? Id = null);

/// <summary>Pieces an order has taken and that are still here.</summary>
internal sealed record Reservation(Guid OrderId, Guid LineId, Guid WarehouseId, Guid OfferId, int Quantity);

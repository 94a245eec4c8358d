using System.ComponentModel.DataAnnotations;
using Souk.Inventory.Domain;

namespace Souk.Inventory.Features;

/// <summary>Where a warehouse stands.</summary>
/// <param name="Line1">Street and number.</param>
/// <param name="City">City.</param>
/// <param name="Country">ISO 3166-1 alpha-2, upper case.</param>
/// <param name="Postcode">Postcode.</param>
/// <param name="Line2">Hall, gate.</param>
/// <param name="Region">State or province.</param>
public sealed record WarehouseAddress(
    [property: Required, StringLength(200)] string Line1,
    [property: Required, StringLength(100)] string City,
    [property: Required, RegularExpression("^[A-Z]{2}$")] string Country,
    [property: StringLength(20)] string? Postcode = null,
    [property: StringLength(200)] string? Line2 = null,
    [property: StringLength(100)] string? Region = null);

/// <summary>A warehouse as its users see it.</summary>
/// <param name="Id">The warehouse.</param>
/// <param name="CompanyId">Its operator.</param>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where it stands.</param>
/// <param name="Capacity">Pieces it can hold; null when there is no limit.</param>
/// <param name="Priority">Orders are filled from the lowest first.</param>
/// <param name="IsDefault">Whether stock goes here when nobody says where.</param>
/// <param name="Active">Whether it ships.</param>
/// <param name="CreatedAt">Since when it is there.</param>
/// <param name="Version">Its ETag.</param>
public sealed record WarehouseAnswer(
    Guid Id, Guid CompanyId, string Name, WarehouseAddress Address, long? Capacity, int Priority, bool IsDefault, bool Active,
    DateTimeOffset CreatedAt, long Version)
{
    internal static WarehouseAnswer Of(Warehouse w, bool saved = true) => new(
        w.Id, w.CompanyId, w.Name, new(w.Line1, w.City, w.Country, w.Postcode, w.Line2, w.Region), w.Capacity, w.Priority, w.IsDefault,
        w.Active, w.CreatedAt, saved ? w.Version : w.Version + 1);
}

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>Says how many pieces of up to 100 offers can be bought now. Open to everybody.</summary>
internal static class GetAvailability
{
    private const int OffersMax = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/inventory/availability", Handle)
        .AllowGuests()
        .WithSummary("Availability of offers")
        .WithDescription("Give up to 100 offer ids in `offer_ids`, with commas between them. An offer without stock, or that is "
            + "none, has 0. What its seller keeps back is not among them; what they sell before it is there is, and also "
            + "stands in `backorder`. May be cached for 2 seconds; "
            + "the checkout always decides by the stock itself.");

    private static async Task<AvailabilityResponse> Handle(
        [Required, StringLength(OffersMax * 37)] string offer_ids, InventoryDb db, HttpContext http, CancellationToken ct)
    {
        var ids = new List<Guid>();
        foreach (var text in offer_ids.Split(','))
            ids.Add(Guid.TryParseExact(text, "D", out var id)
                ? id
                : throw new RuleException(400, "wrong_type", "Give offer ids with commas between them.", new FieldError("?offer_ids", "wrong_type", "One of them is no id.")));
        if (ids.Count > OffersMax)
            throw RuleException.Invalid("?offer_ids", "too_many", $"Ask for at most {OffersMax} offers at a time.");
        var rows = await db.Query($"""
            select o.id, {AvailabilitySql.Available}, {AvailabilitySql.InStock}
              from (select distinct unnest($1::uuid[]) as id) as o
              left join stock s on s.offer_id = o.id
              left join warehouses w on w.id = s.warehouse_id
              left join availability a on a.offer_id = o.id
             group by o.id order by o.id
            """,
            row => new OfferAvailability(
                row.GetGuid(0), row.GetInt64(1), Math.Max(0, row.GetInt64(1) - row.GetInt64(2))),
            ct, ids.ToArray());
        http.Response.Headers.CacheControl = "public, max-age=2";
        return new(rows);
    }
}

/// <summary>What can be bought of the offers that were asked for.</summary>
/// <param name="Data">Each offer once.</param>
public sealed record AvailabilityResponse(IReadOnlyList<OfferAvailability> Data);

/// <summary>What can be bought of an offer.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="Available">Pieces.</param>
/// <param name="Backorder">Those of them that are sold before they are there: they are sent later.</param>
public sealed record OfferAvailability(Guid OfferId, long Available, long Backorder);

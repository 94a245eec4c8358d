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
        .WithDescription("Give up to 100 offer ids in `offer_ids`, with commas between them. An offer without stock, or that is none, has 0. May be cached for 2 seconds; "
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
        var rows = await db.Query("""
            select a.id, coalesce((select sum(s.on_hand - s.reserved) from stock s join warehouses w on w.id = s.warehouse_id
                                    where s.offer_id = a.id and w.active), 0)::bigint
              from (select distinct unnest($1::uuid[]) as id) as a order by 1
            """,
            row => new OfferAvailability(row.GetGuid(0), row.GetInt64(1)), ct, ids.ToArray());
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
public sealed record OfferAvailability(Guid OfferId, long Available);

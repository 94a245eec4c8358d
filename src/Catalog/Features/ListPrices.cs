using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Lists what an offer has cost while it could be bought, the present price first. Its seller and the staff may: it proves what
/// a reduction was announced against. What is older than 400 days is forgotten.
/// </summary>
internal static class ListPrices
{
    public static void Map(IEndpointRouteBuilder offers) =>
        offers.MapGet("/{id:guid}/prices", Handle)
            .WithSummary("List the prices of an offer")
            .RequirePermission(Permissions.ProductsManage)
            .WithExample(response: new Page<PriceAnswer>([PriceAnswer.Example], null));

    private static async Task<Page<PriceAnswer>> Handle(Guid id, PageRequest page, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        var seller = await db.Query("select company_id from offers where id = $1", reader => reader.GetGuid(0), ct, id);
        if (seller.Count == 0 || !caller.Can(Permissions.ProductsManage, seller[0]))
            throw RuleException.NotFound();
        page.Sort("-at");
        var prices = await db.Query("""
            select at, price_minor, currency from offer_prices where offer_id = $1 and at < $2 order by at desc limit $3
            """,
            reader => new PriceAnswer(
                reader.IsDBNull(1) ? null : new Money(reader.GetInt64(1), reader.GetString(2)),
                reader.GetFieldValue<DateTimeOffset>(0)), ct,
            id, page.After?.Get<DateTimeOffset>(0) ?? DateTimeOffset.MaxValue, page.Take);
        return page.Result(prices, price => [price.At]);
    }
}

/// <summary>A price that an offer had.</summary>
/// <param name="Price">Of one piece; null while it could not be bought.</param>
/// <param name="At">From when on; until the next one.</param>
public sealed record PriceAnswer(Money? Price, DateTimeOffset At)
{
    internal static readonly PriceAnswer Example =
        new(new Money(4990, "EUR"), new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero));
}

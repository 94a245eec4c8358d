using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Catalog.Reads;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Lists who sells a product, cheapest first. Everybody sees what can be bought; sellers see their own offers and the staff all
/// of them, switched off ones too.
/// </summary>
internal static class ListOffers
{
    public static void Map(IEndpointRouteBuilder products) =>
        products.MapGet("/{id:guid}/offers", Handle)
            .WithSummary("List the offers of a product")
            .AllowGuests()
            .WithExample(response: new Page<OfferAnswer>([OfferAnswer.Example], null));

    private static async Task<Page<OfferAnswer>> Handle(Guid id, PageRequest page, Caller caller, CatalogDb db, CancellationToken ct)
    {
        var product = await db.Query("select company_id, status from products where id = $1",
            reader => (CompanyId: reader.GetGuid(0), Status: reader.GetString(1)), ct, id);
        var staff = caller.Can(Permissions.ProductsManage);
        if (product.Count == 0 || !(product[0].Status == "published" || staff || caller.Companies.ContainsKey(product[0].CompanyId)))
            throw RuleException.NotFound();
        page.Sort("price");
        var rows = await db.Query(ProductReads.OffersSql, ProductReads.Offer, ct,
            id, caller.Companies.Keys.ToArray(), staff, Pg.Bigint(page.After?.Get<long>(0)), Pg.Uuid(page.After?.Get<Guid>(1)), page.Take);
        return page.Result(rows, row => [row.Answer.Price.Amount, row.Answer.Id], row => row.Answer);
    }
}

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>Shows a caller's offers with their stock over all warehouses, also those that have none; and all of one product.</summary>
internal static class ListProductStock
{
    // An operator sees of an offer what lies in their own warehouses, its seller all of it.
    private const string Select = $"""
        select o.id, o.product_id, o.variant_id, o.company_id, o.sku, o.title,
               coalesce(sum(s.on_hand), 0)::bigint, coalesce(sum(s.reserved), 0)::bigint, {AvailabilitySql.Available},
               coalesce(sum(s.backordered), 0)::bigint
          from offers o
          left join stock s on s.offer_id = o.id
                and ($1 or o.company_id = any($2) or s.warehouse_id in (select id from warehouses where company_id = any($2)))
          left join warehouses w on w.id = s.warehouse_id
          left join availability a on a.offer_id = o.id and ($1 or o.company_id = any($2))
         where ($1 or o.company_id = any($2) or s.offer_id is not null)
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/inventory/products", List)
            .RequirePermission(Permissions.StockRead)
            .WithSummary("List offers with their stock")
            .WithDescription("Filters: `product_id`, `company_id`, `sku`. In the order of the offers' ids.");
        routes.MapGet("/inventory/product/{id:guid}", One)
            .RequirePermission(Permissions.StockRead)
            .WithSummary("Stock of a product")
            .Alias("GET /inventory/products");
    }

    private static async Task<Page<ProductStock>> List(
        Guid? product_id, Guid? company_id, [StringLength(100)] string? sku, PageRequest page, Caller caller, InventoryDb db, CancellationToken ct)
    {
        page.Sort("offer_id");
        var rows = await db.Query($"""
            {Select}
               and ($3::uuid is null or o.product_id = $3) and ($4::uuid is null or o.company_id = $4) and ($5::text is null or o.sku = $5)
               and ($6::uuid is null or o.id > $6)
             group by o.id order by o.id limit $7
            """,
            Read, ct, caller.Can(Permissions.StockRead), caller.CompaniesWith(Permissions.StockRead), Pg.Uuid(product_id), Pg.Uuid(company_id),
            Pg.Text(sku), Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return page.Result(rows, row => [row.OfferId]);
    }

    private static async Task<ProductStockTotal> One(Guid id, Caller caller, InventoryDb db, CancellationToken ct)
    {
        var offers = await db.Query(
            $"{Select} and (o.product_id = $3 or o.id = $3) group by o.id order by o.id limit 200",
            Read, ct, caller.Can(Permissions.StockRead), caller.CompaniesWith(Permissions.StockRead), id);
        return offers.Count == 0
            ? throw RuleException.NotFound()
            : new(
                offers[0].ProductId, offers.Sum(o => o.OnHand), offers.Sum(o => o.Reserved),
                offers.Sum(o => o.Available), offers, offers.Sum(o => o.Backordered));
    }

    private static ProductStock Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetGuid(3), row.GetString(4), row.GetString(5),
        row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9));
}

/// <summary>An offer with its stock over all warehouses the caller may see.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="VariantId">Its variant.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="OnHand">Pieces there.</param>
/// <param name="Reserved">Those of them that orders have taken.</param>
/// <param name="Available">Pieces that can be bought: not reserved, in a warehouse that ships, by the seller's rule.</param>
/// <param name="Backordered">Pieces that orders wait for.</param>
public sealed record ProductStock(
    Guid OfferId, Guid ProductId, Guid VariantId, Guid CompanyId, string Sku, string Title, long OnHand, long Reserved,
    long Available, long Backordered);

/// <summary>The stock of a product over the offers the caller may see.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="OnHand">Pieces there.</param>
/// <param name="Reserved">Those of them that orders have taken.</param>
/// <param name="Available">Pieces that can be bought.</param>
/// <param name="Offers">The offers.</param>
/// <param name="Backordered">Pieces that orders wait for.</param>
public sealed record ProductStockTotal(
    Guid ProductId, long OnHand, long Reserved, long Available, IReadOnlyList<ProductStock> Offers, long Backordered);

using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Souk.Catalog.Csv;
using Souk.Contracts;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Writes the offers of a company as CSV, with their products, so that <c>POST /products/import</c> takes it back. Its members who
/// manage its products may, who sells in one shop only for that one, and the staff. It flows as it is read, some hundred
/// offers at a time, however many there are.
/// </summary>
internal static class ExportProducts
{
    private const int PageSize = 500;

    private const string Rows = """
        select o.product_id, o.id, o.sku, p.slug, p.name, p.description, p.status,
               array(select g.slug from categories g where g.id = any(p.category_ids)
                      order by array_position(p.category_ids, g.id)),
               array(select t.name from tags t where t.id = any(p.tag_ids) order by t.name),
               p.options, v.options::text, v.weight_grams, o.price_minor, o.currency, o.delivery_fee_minor,
               o.tax_category, o.active,
               p.attributes::text
          from offers o join products p on p.id = o.product_id join variants v on v.id = o.variant_id
         where o.company_id = $1 and ($5::uuid is null or o.shop_id = $5) and o.ended_at is null
           and (o.product_id, o.id) > ($2, $3)
         order by o.product_id, o.id limit $4
        """;

    public static void Map(IEndpointRouteBuilder products) =>
        products.MapGet("/export", Handle)
            .WithSummary("Export products as CSV")
            .WithDescription("A row for each offer of the company. Cells that a spreadsheet would run as formulas have an apostrophe in front.")
            .RequirePermission(Permissions.ProductsManage)
            .Produces<string>(StatusCodes.Status200OK, CsvFile.ContentType)
            .Streams()
            .Problems("422 company_required", "422 unknown_company");

    private static async Task Handle([FromQuery(Name = "company_id")] Guid? companyId, HttpContext http, Caller caller)
    {
        var company = Company(companyId, caller);
        var shop = caller.Shops.TryGetValue(company, out var only) ? only : (Guid?)null;
        var ct = http.RequestAborted;
        var db = http.RequestServices.GetRequiredService<CatalogDb>();
        var codes = await db.Query("""
            select distinct s.key
              from offers o join products p on p.id = o.product_id cross join jsonb_object_keys(p.attributes) s(key)
             where o.company_id = $1 and o.ended_at is null order by 1
            """, reader => reader.GetString(0), ct, company);
        string[] columns = [.. ProductFile.Columns.Where(column => column != "stock")];
        await CsvFile.Answer(
            http, "products", [.. columns, .. codes.Select(code => ProductFile.AttributePrefix + code)], Pages(), ct);

        async IAsyncEnumerable<IEnumerable<object?[]>> Pages()
        {
            var page = await Page(db, company, shop, default, ct);
            while (page.Count > 0)
            {
                yield return page.Select(row => row.Cells(codes));
                page = page.Count < PageSize ? [] : await Page(db, company, shop, page[^1].Place, ct);
            }
        }
    }

    private static Guid Company(Guid? asked, Caller caller)
    {
        if (asked is { } id)
            return caller.Can(Permissions.ProductsManage, id) ? id
                : throw RuleException.Invalid("?company_id", "unknown_company",
                    "Name a company whose products you may manage.");
        return caller.CompaniesWith(Permissions.ProductsManage) is [var only] ? only
            : throw RuleException.Invalid("?company_id", "company_required", "Say for which company: company_id.");
    }

    private static Task<List<Row>> Page(
        CatalogDb db, Guid company, Guid? shop, (Guid Product, Guid Offer) after, CancellationToken ct) =>
        db.Query(Rows, Row.Read, ct, company, after.Product, after.Offer, PageSize, Pg.Uuid(shop));

    private sealed record Row(
        (Guid Product, Guid Offer) Place, string[] Fixed, Dictionary<string, JsonElement> Attributes)
    {
        public static Row Read(NpgsqlDataReader reader)
        {
            var options = JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(10))!;
            var inOrder = reader.GetFieldValue<string[]>(9)
                .Select(option => KeyValuePair.Create(option, options.GetValueOrDefault(option, "")));
            var currency = reader.GetString(13);
            return new Row(
                (reader.GetGuid(0), reader.GetGuid(1)),
                [
                    reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5),
                    reader.GetString(6),
                    Csv.Cells.Join(reader.GetFieldValue<string[]>(7)),
                    Csv.Cells.Join(reader.GetFieldValue<string[]>(8)),
                    Csv.Cells.JoinPairs(inOrder),
                    reader.IsDBNull(11) ? "" : reader.GetInt32(11).ToString(CultureInfo.InvariantCulture),
                    Major(reader.GetInt64(12), currency), reader.IsDBNull(14) ? ""
                        : Major(reader.GetInt64(14), currency),
                    reader.GetString(15), reader.GetBoolean(16) ? "true" : "false",
                ],
                JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(reader.GetString(17))!);
        }

        public object?[] Cells(List<string> codes) =>
            [.. Fixed, .. codes.Select(code => Attributes.TryGetValue(code, out var value) ? value.ToString() : "")];

        private static string Major(long minor, string currency) =>
            Currencies.ToMajor(minor, currency)
                .ToString("F" + Currencies.Digits(currency), CultureInfo.InvariantCulture);
    }
}

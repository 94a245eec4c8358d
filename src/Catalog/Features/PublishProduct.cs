using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Catalog.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Moves a product through its life: publish shows it to everybody, unpublish makes it a draft again, DELETE archives it. Its
/// company may. Its offers can be bought only while it is published.
/// </summary>
internal static class PublishProduct
{
    public static void Map(IEndpointRouteBuilder products)
    {
        Move(products.MapPost("/{id:guid}/publish", (Guid id, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct) =>
                Handle(id, "product.publish", http, caller, db, Publish(db, clock, ct), ct)), "Publish a product")
            .Idempotent().Problems("product_move", "offer_needed", "412 stale");
        Move(products.MapPost("/{id:guid}/unpublish", (Guid id, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct) =>
                Handle(id, "product.unpublish", http, caller, db, Unpublish(clock), ct)), "Make a product a draft again")
            .Idempotent().Problems("product_move", "412 stale");
        Move(products.MapDelete("/{id:guid}", Archive), "Archive a product").Problems("product_move", "412 stale");
    }

    public static void MapAlias(IEndpointRouteBuilder routes) =>
        Move(routes.MapDelete("/product/{id:guid}", Archive), "Archive a product").Alias("DELETE /products/{id}").Problems("product_move");

    private static RouteHandlerBuilder Move(RouteHandlerBuilder route, string summary) =>
        route.WithSummary(summary).RequirePermission(Permissions.ProductsManage);

    private static async Task<NoContent> Archive(
        Guid id, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        await Handle(id, "product.archive", http, caller, db, product =>
        {
            product.Archive(clock.GetUtcNow());
            return Task.CompletedTask;
        }, ct);
        return TypedResults.NoContent();
    }

    private static Func<Product, Task> Publish(CatalogDb db, TimeProvider clock, CancellationToken ct) => async product =>
    {
        var offers = await db.Query("select count(*) from offers where product_id = $1 and active and ended_at is null",
            reader => (int)reader.GetInt64(0), ct, product.Id);
        product.Publish(offers[0], clock.GetUtcNow());
    };

    private static Func<Product, Task> Unpublish(TimeProvider clock) => product =>
    {
        product.Unpublish(clock.GetUtcNow());
        return Task.CompletedTask;
    };

    private static async Task<Ok<ProductAnswer>> Handle(
        Guid id, string action, HttpContext http, Caller caller, CatalogDb db, Func<Product, Task> move, CancellationToken ct)
    {
        var product = await db.ProductOf(caller, id, ct);
        VersionTag.Check(http, product.Version);
        var before = product.Status;
        await move(product);

        db.Audit(caller, action, "product", product.Id, product.CompanyId, new { Status = before }, new { product.Status });
        var row = await db.View(product.Id, ct);
        ETag.Set(http, row.Version);
        return TypedResults.Ok(row.Answer);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Catalog.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// The pictures of a product. The company that keeps it adds and removes them; everybody sees those of a published product, its
/// company those of a draft. A picture never changes: it is kept by whoever fetched it.
/// </summary>
internal static class Images
{
    private const int ImagesMax = 20;

    public static void Map(IEndpointRouteBuilder products)
    {
        products.MapPost("/{id:guid}/images", Add)
            .WithSummary("Add a picture")
            .WithDescription("The body is the picture itself: PNG, JPEG, GIF, WebP or AVIF, at most 5 MB.")
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent()
            .Accepts<IFormFile>("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")
            .WithMetadata(new RequestSizeLimitAttribute(Picture.SizeMax))
            .Problems("too_many_images", "415 not_a_picture", "422 unknown_variant")
            .WithExample(response: Example);
        products.MapGet("/{id:guid}/images/{image_id:guid}", Show)
            .WithSummary("Fetch a picture")
            .AllowGuests()
            .Produces<byte[]>(StatusCodes.Status200OK, "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif");
        products.MapDelete("/{id:guid}/images/{image_id:guid}", Remove)
            .WithSummary("Remove a picture")
            .RequirePermission(Permissions.ProductsManage)
            .Problems("412 stale");
    }

    private static readonly ImageAnswer Example = new(
        new Guid("0198c5a0-0000-7000-8000-000000000009"),
        "/products/0198c5a0-0000-7000-8000-000000000001/images/0198c5a0-0000-7000-8000-000000000009", "image/png", null);

    private static async Task<Created<ImageAnswer>> Add(
        Guid id, [FromQuery(Name = "variant_id")] Guid? variantId, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        // Read before anything is locked: a client may send slowly.
        var bytes = await Body(http, ct);
        var type = Picture.TypeOf(bytes)
            ?? throw new RuleException(415, "not_a_picture", "Send a PNG, JPEG, GIF, WebP or AVIF as the body.");
        var product = await db.ProductOf(caller, id, ct);
        if (variantId is { } asked && !product.Variants.Exists(variant => variant.Id == asked))
            throw RuleException.Invalid("?variant_id", "unknown_variant", "The product has no such variant.");
        var count = await db.Query("select count(*), coalesce(max(position), 0) from images where product_id = $1",
            reader => (Count: reader.GetInt64(0), Position: reader.GetInt32(1)), ct, id);
        if (count[0].Count >= ImagesMax)
            throw new RuleException("too_many_images", $"A product has at most {ImagesMax} pictures. Remove one first.");

        var imageId = Guid.CreateVersion7();
        db.Run("insert into images (id, product_id, variant_id, content_type, bytes, position, created_at) values ($1, $2, $3, $4, $5, $6, now())",
            imageId, id, Pg.Uuid(variantId), type, bytes, count[0].Position + 1);
        db.Audit(caller, "image.create", "product", id, product.CompanyId, after: new { imageId, type, bytes.Length });
        db.Refresh([id]);
        var answer = new ImageAnswer(imageId, $"/products/{id}/images/{imageId}", type, variantId);
        return TypedResults.Created(answer.Url, answer);
    }

    private static async Task<IResult> Show(Guid id, [FromRoute(Name = "image_id")] Guid imageId, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        // Its id is the tag: the bytes of an id never change. Whether it may be seen is asked all the same.
        var sees = await db.Query("""
            select p.status, p.company_id from images i join products p on p.id = i.product_id where i.id = $1 and i.product_id = $2
            """, reader => (Status: reader.GetString(0), CompanyId: reader.GetGuid(1)), ct, imageId, id);
        var isPublic = sees is [("published", _)];
        if (sees.Count == 0 || !(isPublic || caller.Can(Permissions.ProductsManage) || caller.Companies.ContainsKey(sees[0].CompanyId)))
            throw RuleException.NotFound();
        ETag.Set(http, imageId.ToString("N"));
        http.Response.Headers.CacheControl = isPublic ? "public, max-age=31536000, immutable" : "no-store";
        if (http.Request.Headers.IfNoneMatch.ToString().Contains(imageId.ToString("N"), StringComparison.Ordinal))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        var image = (await db.Query("select bytes, content_type from images where id = $1",
            reader => (Bytes: reader.GetFieldValue<byte[]>(0), Type: reader.GetString(1)), ct, imageId)).Single();
        return TypedResults.Bytes(image.Bytes, image.Type);
    }

    private static async Task<NoContent> Remove(Guid id, [FromRoute(Name = "image_id")] Guid imageId, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        var product = await db.ProductOf(caller, id, ct);
        VersionTag.Check(http, product.Version);
        if (await db.Execute("delete from images where id = $1 and product_id = $2", ct, imageId, id) == 0)
            throw RuleException.NotFound();
        db.Audit(caller, "image.remove", "product", id, product.CompanyId, before: new { imageId });
        db.Refresh([id]);
        return TypedResults.NoContent();
    }

    private static async Task<byte[]> Body(HttpContext http, CancellationToken ct)
    {
        if (http.Request.ContentLength > Picture.SizeMax)
            throw TooLarge();
        using var buffer = new MemoryStream((int)(http.Request.ContentLength ?? 0));
        var chunk = new byte[16 * 1024];
        for (int read; (read = await http.Request.Body.ReadAsync(chunk, ct)) > 0;)
        {
            if (buffer.Length + read > Picture.SizeMax)
                throw TooLarge();
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }

    private static RuleException TooLarge() => new(413, "too_large", "A picture has at most 5 MB.");
}

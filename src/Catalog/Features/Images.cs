using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Catalog.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// The pictures of a product. The company that keeps it adds, describes, orders and removes them; everybody sees those of a
/// published product, its company those of a draft. The bytes of a picture never change: they are kept by whoever fetched them.
/// </summary>
internal static class Images
{
    private const int ImagesMax = 20;

    public static void Map(IEndpointRouteBuilder products)
    {
        products.MapPost("/{id:guid}/images", Add)
            .WithSummary("Add a picture")
            .WithDescription("""
                The body is the picture itself: PNG, JPEG, GIF, WebP or AVIF, at most 5 MB and 10,000 pixels on a side.
                What a camera or a program wrote beside it, the place among it, is left out.
                """)
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent()
            .Accepts<IFormFile>("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")
            .WithMetadata(new RequestSizeLimitAttribute(Picture.SizeMax))
            .Problems("too_many_images", "413 quota_exceeded", "415 not_a_picture", "422 image_too_big",
                "422 picture_metadata", "422 unknown_variant")
            .WithExample(response: Example);
        products.MapPut("/{id:guid}/images/{image_id:guid}", Change)
            .WithSummary("Describe, order or assign a picture")
            .RequirePermission(Permissions.ProductsManage)
            .Problems("412 stale", "422 unknown_variant")
            .WithExample(new ChangeImageRequest("The lamp on a desk", 1), Example);
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
        "/products/0198c5a0-0000-7000-8000-000000000001/images/0198c5a0-0000-7000-8000-000000000009", "image/png", null,
        "The lamp on a desk", 1600, 1200);

    private static async Task<Created<ImageAnswer>> Add(
        Guid id, [FromQuery(Name = "variant_id")] Guid? variantId,
        [FromQuery(Name = "alt"), StringLength(300)] string? alt,
        HttpContext http, Caller caller, CatalogDb db, IOptions<CatalogOptions> options, CancellationToken ct)
    {
        // Read before anything is locked: a client may send slowly.
        var bytes = await RequestBody.Read(http, Picture.SizeMax, "A picture has at most 5 MB.", ct);
        var picture = Picture.Of(bytes);
        var product = await db.ProductOf(caller, id, ct);
        if (variantId is { } asked && !product.Variants.Exists(variant => variant.Id == asked))
            throw RuleException.Invalid("?variant_id", "unknown_variant", "The product has no such variant.");
        var count = await db.Query("select count(*), coalesce(max(position), 0) from images where product_id = $1",
            reader => (Count: reader.GetInt64(0), Position: reader.GetInt32(1)), ct, id);
        if (count[0].Count >= ImagesMax)
            throw new RuleException("too_many_images", $"A product has at most {ImagesMax} pictures. Remove one first.");
        var max = options.Value.PicturesPerCompanyMax;
        var all = await db.Query("""
            select count(*)
              from (select 1 from images i join products p on p.id = i.product_id where p.company_id = $1 limit $2) found
            """, reader => reader.GetInt64(0), ct, product.CompanyId, max);
        if (all[0] >= max)
            throw new RuleException(413, "quota_exceeded",
                $"A company has at most {max} pictures. Remove some, or ask the marketplace for more.");

        var imageId = Guid.CreateVersion7();
        db.Run("""
            insert into images (id, product_id, variant_id, content_type, bytes, position, created_at, alt, width, height)
            values ($1, $2, $3, $4, $5, $6, now(), $7, $8, $9)
            """,
            imageId, id, Pg.Uuid(variantId), picture.ContentType, picture.Bytes, count[0].Position + 1,
            alt?.Trim() ?? "", picture.Width, picture.Height);
        db.Audit(caller, "image.create", "product", id, product.CompanyId,
            after: new { imageId, picture.ContentType, picture.Bytes.Length });
        db.Refresh([id]);
        var answer = new ImageAnswer(
            imageId, $"/products/{id}/images/{imageId}", picture.ContentType, variantId, alt?.Trim() ?? "",
            picture.Width, picture.Height);
        return TypedResults.Created(answer.Url, answer);
    }

    private static async Task<Ok<ImageAnswer>> Change(
        Guid id, [FromRoute(Name = "image_id")] Guid imageId, ChangeImageRequest request, HttpContext http,
        Caller caller, CatalogDb db, CancellationToken ct)
    {
        var product = await db.ProductOf(caller, id, ct);
        VersionTag.Check(http, product.Version);
        if (request.VariantId is { } asked && !product.Variants.Exists(variant => variant.Id == asked))
            throw RuleException.Invalid("/variant_id", "unknown_variant", "The product has no such variant.");
        var order = await db.Query("select id, alt from images where product_id = $1 order by position, id",
            reader => (Id: reader.GetGuid(0), Alt: reader.GetString(1)), ct, id);
        var place = order.FindIndex(image => image.Id == imageId);
        if (place < 0)
            throw RuleException.NotFound();
        var (before, alt) = (order[place], request.Alt?.Trim() ?? "");
        order.RemoveAt(place);
        order.Insert(Math.Min((request.Position ?? place + 1) - 1, order.Count), before);
        db.Run("""
            update images i set position = n.position from unnest($2::uuid[]) with ordinality as n(id, position)
             where i.product_id = $1 and i.id = n.id and i.position <> n.position
            """, id, order.Select(image => image.Id).ToArray());
        var changed = await db.Query("""
            update images set alt = $2, variant_id = $3 where id = $1 returning content_type, width, height
            """,
            reader => new ImageAnswer(
                imageId, $"/products/{id}/images/{imageId}", reader.GetString(0), request.VariantId, alt,
                reader.IsDBNull(1) ? null : reader.GetInt32(1), reader.IsDBNull(2) ? null : reader.GetInt32(2)),
            ct, imageId, alt, Pg.Uuid(request.VariantId));
        db.Audit(caller, "image.change", "product", id, product.CompanyId,
            new { imageId, before.Alt, Position = place + 1 }, request);
        db.Refresh([id]);
        return TypedResults.Ok(changed[0]);
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
        // Whoever opens it in a window of its own gets a picture that can run nothing, with a name that we gave it.
        http.Response.Headers.ContentDisposition = $"inline; filename=\"{imageId:N}.{image.Type["image/".Length..]}\"";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
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
}

/// <summary>What is said of a picture.</summary>
/// <param name="Alt">What people read who do not see it; nothing when left out.</param>
/// <param name="Position">Its place among the product's pictures, the first is 1; stays when left out. The others make room.</param>
/// <param name="VariantId">The variant it shows; all of them when left out.</param>
public sealed record ChangeImageRequest([StringLength(300)] string? Alt = null, [Range(1, 20)] int? Position = null,
    Guid? VariantId = null);

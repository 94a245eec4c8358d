using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Makes codes that are good for one order each. Members who manage prices, for their company's promotions; staff for all.</summary>
internal static class CreatePromotionCodes
{
    /// <summary>Codes one promotion may have: an export of them is a file of some megabytes.</summary>
    public const int CodesMax = 100_000;

    // Without those that are taken for another: 0 and O, 1 and I. 32 of them, so 12 are 60 bits that nobody guesses.
    private const string Letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    private const int LettersOfCode = 12;

    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapPost("/{id:guid}/codes", Handle)
        .RequirePermission(Permissions.PricingManage)
        .Idempotent()
        .WithSummary("Make codes for one order each")
        .WithDescription("""
            For a promotion of unique_codes. They are not in the answer: list them, or take them all with
            GET /promotions/{id}/codes/export.
            """)
        .Problems("no_unique_codes", "422 too_many_codes")
        .WithExample(new CreatePromotionCodesRequest(500, "SPRING-"));

    private static async Task<Created<PromotionCodesResponse>> Handle(
        Guid id, CreatePromotionCodesRequest request, Caller caller, CartsDb db, CancellationToken ct)
    {
        var promotion = await db.Promotions.ManagedBy(caller).SingleOrDefaultAsync(promotion => promotion.Id == id, ct)
            ?? throw RuleException.NotFound();
        if (!promotion.HasUniqueCodes)
            throw new RuleException("no_unique_codes", "The promotion has one code or none. Make one with unique_codes.");
        // Locked, so that two who make codes at once do not go over the limit together.
        db.Ask("select 1 from promotions where id = $1 for update", _ => { }, id);
        var before = (await db.Query(
            "select count(*) from promotion_codes where promotion_id = $1", row => row.GetInt64(0), ct, id)).Single();
        if (before + request.Count > CodesMax)
            throw RuleException.Invalid("/count", "too_many_codes", $"A promotion has at most {CodesMax} codes, this one has {before}.");
        var prefix = (request.Prefix ?? "").ToUpperInvariant();
        var codes = Enumerable.Range(0, request.Count)
            .Select(_ => prefix + RandomNumberGenerator.GetString(Letters, LettersOfCode)).ToArray();
        db.Run("insert into promotion_codes (code, promotion_id) select unnest($1::text[]), $2", codes, id);
        db.Audit(caller, "promotion.make_codes", "promotion", id, promotion.CompanyId, after: request);
        return TypedResults.Created($"/promotions/{id}/codes", new PromotionCodesResponse(request.Count, before + request.Count));
    }
}

/// <summary>Lists a promotion's codes. Members who manage prices, for their company's promotions; staff for all.</summary>
internal static class ListPromotionCodes
{
    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapGet("/{id:guid}/codes", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("List the codes of a promotion")
        .WithDescription("Those that are good for one order each, by their letters. ?used=true or false for some of them.");

    private static async Task<Ok<Page<PromotionCode>>> Handle(
        Guid id, PageRequest page, bool? used, Caller caller, CartsDb db, CancellationToken ct)
    {
        await db.CheckManaged(id, caller, ct);
        var rows = await db.Query(
            """
            select code, order_id is not null, created_at from promotion_codes
             where promotion_id = $1 and code > $2 and ($3 = '' or $3 = (order_id is not null)::text) order by code limit $4
            """,
            row => new PromotionCode(row.GetString(0), row.GetBoolean(1), row.GetFieldValue<DateTimeOffset>(2)),
            ct, id, page.After?.Get<string>(0) ?? "", used?.ToString().ToLowerInvariant() ?? "", page.Take);
        return TypedResults.Ok(page.Result(rows, row => [row.Code]));
    }
}

/// <summary>All codes of a promotion as a file. Members who manage prices, for their company's promotions; staff for all.</summary>
internal static class ExportPromotionCodes
{
    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapGet("/{id:guid}/codes/export", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Export the codes of a promotion")
        .WithDescription("CSV with a line for each code: code, used, created_at.")
        .Produces<string>(StatusCodes.Status200OK, CsvFile.ContentType);

    private static async Task Handle(Guid id, HttpContext http, Caller caller, CartsDb db, CancellationToken ct)
    {
        await db.CheckManaged(id, caller, ct);
        var rows = await db.Query(
            """
            select code, order_id is not null, created_at from promotion_codes where promotion_id = $1 order by code limit $2
            """,
            row => new object?[] { row.GetString(0), row.GetBoolean(1), row.GetFieldValue<DateTimeOffset>(2) },
            ct, id, CreatePromotionCodes.CodesMax);
        await CsvFile.Answer(http, $"codes-{id}", ["code", "used", "created_at"], rows, ct);
    }
}

/// <summary>Ends a code that nobody has used. Members who manage prices, for their company's promotions; staff for all.</summary>
internal static class DeletePromotionCode
{
    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapDelete("/{id:guid}/codes/{code}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Delete a code of a promotion")
        .WithDescription("One that leaked, or that nobody shall have. A code that an order used stays on record.")
        .Problems("code_used");

    private static async Task<NoContent> Handle(Guid id, string code, Caller caller, CartsDb db, CancellationToken ct)
    {
        await db.CheckManaged(id, caller, ct);
        var upper = CouponCode.Read(code) ?? throw RuleException.NotFound();
        var used = await db.Query(
            "select order_id is not null from promotion_codes where promotion_id = $1 and code = $2 for update",
            row => row.GetBoolean(0), ct, id, upper);
        if (used.Count == 0)
            throw RuleException.NotFound();
        if (used[0])
            throw new RuleException("code_used", "An order used this code. It is good for no other.");
        db.Run("delete from promotion_codes where code = $1", upper);
        db.Audit(caller, "promotion.delete_code", "promotion", id, before: new { code = upper });
        return TypedResults.NoContent();
    }
}

/// <summary>Codes to make.</summary>
/// <param name="Count">1 to 10,000 at a time; a promotion has at most 100,000.</param>
/// <param name="Prefix">What they begin with, up to 20 letters, digits, - and _; a letter or digit first.</param>
public sealed record CreatePromotionCodesRequest(
    [Range(1, 10_000)] int Count,
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9_-]{0,19}")] string? Prefix = null);

/// <summary>Codes that were made.</summary>
/// <param name="Made">How many.</param>
/// <param name="Total">How many the promotion has now.</param>
public sealed record PromotionCodesResponse(int Made, long Total);

/// <summary>A code that is good for one order.</summary>
/// <param name="Code">The code.</param>
/// <param name="Used">Whether an order used it.</param>
/// <param name="CreatedAt">Since when there is it.</param>
public sealed record PromotionCode(string Code, bool Used, DateTimeOffset CreatedAt);

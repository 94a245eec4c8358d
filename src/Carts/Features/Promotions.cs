using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Carts.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Makes a promotion. Members who manage prices, for their company's items; staff also for all.</summary>
internal static class CreatePromotion
{
    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapPost("", Handle)
        .RequirePermission(Permissions.PricingManage)
        .Idempotent()
        .WithSummary("Make a promotion or a coupon")
        .WithDescription("""
            Those that apply are taken one after another, each from what the former left: those of higher priority first, then those
            without a code, then the coupons in the order given. An exclusive one takes only items that no other takes something off.
            """)
        .Problems("coupon_exists", "422 unknown_company", "422 company_required", "422 invalid_percent", "422 percent_or_amount",
            "422 currency_mismatch", "422 end_before_start", "422 code_twice", "422 invalid_coupon", "422 not_yours_to_fund",
            "422 seller_fixed", "422 quantities_required", "422 quantities_not_used", "422 unknown_group",
            "422 unsupported_currency")
        .WithExample(new PromotionRequest("Welcome", Percent: 10m, Code: "WELCOME10", UsesMax: 1000, UsesPerCustomerMax: 1));

    private static async Task<Saved<Created<PromotionResponse>>> Handle(
        PromotionRequest request, Caller caller, HttpContext http, CartsDb db, PriceRules rules, CancellationToken ct)
    {
        var promotion = new PromotionRow { Id = Guid.CreateVersion7(), CompanyId = PricingScope.OwnerOfNew(caller, request.CompanyId) };
        await request.Set(promotion, db, ct);
        db.Promotions.Add(promotion);
        db.Audit(caller, "promotion.create", "promotion", promotion.Id, promotion.CompanyId, after: request);
        rules.ChangeWith(db);
        return Answer.Saved(() =>
        {
            ETag.Set(http, $"{promotion.Version}-0");
            return TypedResults.Created($"/promotions/{promotion.Id}", PromotionResponse.Of(promotion, 0));
        });
    }
}

/// <summary>Lists the caller's promotions with how often they were used. Members who manage prices; staff see all.</summary>
internal static class ListPromotions
{
    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapGet("", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("List promotions")
        .WithDescription("Your companies'; staff see all. ?company_id=, ?code=, ?kind= and ?active= for some of them.");

    private static async Task<Ok<Page<PromotionResponse>>> Handle(
        PageRequest page, Guid? company_id, string? code, string? kind, bool? active, Caller caller, CartsDb db, CancellationToken ct)
    {
        var upper = code?.Trim().ToUpperInvariant();
        var promotions = db.Promotions.AsNoTracking().ManagedBy(caller)
            .Where(promotion => (company_id == null || promotion.CompanyId == company_id) && (upper == null || promotion.Code == upper)
                && (kind == null || promotion.Kind == kind) && (active == null || promotion.Active == active));
        if (page.After is { } after)
        {
            var last = after.Get<Guid>(0);
            promotions = promotions.Where(promotion => promotion.Id > last);
        }
        var rows = await promotions.OrderBy(promotion => promotion.Id).Take(page.Take).ToListAsync(ct);
        var used = await db.Used([.. rows.Select(row => row.Id)], ct);
        return TypedResults.Ok(page.Result(rows, row => [row.Id], row => PromotionResponse.Of(row, used.GetValueOrDefault(row.Id))));
    }
}

/// <summary>Shows a promotion with how often it was used. Members of its company who manage prices; staff see all.</summary>
internal static class GetPromotion
{
    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapGet("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Show a promotion");

    private static async Task<Ok<PromotionResponse>> Handle(Guid id, HttpContext http, Caller caller, CartsDb db, CancellationToken ct)
    {
        var promotion = await db.Promotions.AsNoTracking().ManagedBy(caller).SingleOrDefaultAsync(promotion => promotion.Id == id, ct)
            ?? throw RuleException.NotFound();
        var used = await db.Used([id], ct);
        ETag.Set(http, $"{promotion.Version}-{used.GetValueOrDefault(id)}");
        return TypedResults.Ok(PromotionResponse.Of(promotion, used.GetValueOrDefault(id)));
    }
}

/// <summary>Replaces the terms of a promotion; carts see it at their next quote. Its company's members who manage prices; staff.</summary>
internal static class ChangePromotion
{
    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapPut("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Change a promotion")
        .Problems("coupon_exists", "422 invalid_percent", "422 percent_or_amount", "422 currency_mismatch", "422 end_before_start",
            "422 code_twice", "422 invalid_coupon", "422 not_yours_to_fund", "422 company_fixed", "422 seller_fixed",
            "422 quantities_required",
            "422 quantities_not_used", "422 unknown_group", "422 unique_codes_fixed", "422 unsupported_currency");

    private static async Task<Saved<Ok<PromotionResponse>>> Handle(
        Guid id, PromotionRequest request, HttpContext http, Caller caller, CartsDb db, PriceRules rules, CancellationToken ct)
    {
        var promotion = await db.Promotions.SingleOrDefaultAsync(promotion => promotion.Id == id, ct) ?? throw RuleException.NotFound();
        PricingScope.Check(caller, promotion.CompanyId, request.CompanyId);
        var used = (await db.Used([id], ct)).GetValueOrDefault(id);
        ETag.Check(http, $"{promotion.Version}-{used}");
        var before = PromotionResponse.Of(promotion, used);
        await request.Set(promotion, db, ct);
        db.Audit(caller, "promotion.change", "promotion", id, promotion.CompanyId, before, request);
        rules.ChangeWith(db);
        return Answer.Saved(() =>
        {
            ETag.Set(http, $"{promotion.Version}-{used}");
            return TypedResults.Ok(PromotionResponse.Of(promotion, used));
        });
    }
}

/// <summary>Ends a promotion; orders keep their discounts. Its company's members who manage prices; staff.</summary>
internal static class DeletePromotion
{
    public static void Map(IEndpointRouteBuilder promotions) => promotions.MapDelete("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Delete a promotion");

    private static async Task<NoContent> Handle(Guid id, HttpContext http, Caller caller, CartsDb db, PriceRules rules, CancellationToken ct)
    {
        var promotion = await db.Promotions.SingleOrDefaultAsync(promotion => promotion.Id == id, ct) ?? throw RuleException.NotFound();
        PricingScope.Check(caller, promotion.CompanyId);
        var used = (await db.Used([id], ct)).GetValueOrDefault(id);
        ETag.Check(http, $"{promotion.Version}-{used}");
        db.Promotions.Remove(promotion);
        db.Audit(caller, "promotion.delete", "promotion", id, promotion.CompanyId, PromotionResponse.Of(promotion, used));
        rules.ChangeWith(db);
        return TypedResults.NoContent();
    }
}

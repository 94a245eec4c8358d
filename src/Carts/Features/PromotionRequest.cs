using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Souk.Carts.Domain;
using Souk.Contracts;
using Souk.Platform.Http;

namespace Souk.Carts.Features;

/// <summary>What a promotion gives, to whom and when.</summary>
/// <param name="Name">As the buyer sees it.</param>
/// <param name="Percent">Off the eligible items, above 0 to 100. Either this or an amount.</param>
/// <param name="Amount">Off the eligible items together.</param>
/// <param name="Code">The coupon code that asks for it; left out when it applies by itself.</param>
/// <param name="Minimum">The eligible items must reach this much, before any discount.</param>
/// <param name="CategoryId">Only for items of this category.</param>
/// <param name="StartsAt">From when.</param>
/// <param name="EndsAt">Until when, not included.</param>
/// <param name="UsesMax">How many orders may use it; only for a coupon.</param>
/// <param name="UsesPerCustomerMax">How many orders of one customer may use it; only for a coupon.</param>
/// <param name="FundedBy"><c>seller</c> or <c>marketplace</c>: who pays it. A company pays its own.</param>
/// <param name="Active">Whether it is on.</param>
/// <param name="CompanyId">Whose items it is for; left out by staff for all, by others for their only company's. Never changed.</param>
public sealed record PromotionRequest(
    [StringLength(100, MinimumLength = 1)] string Name,
    decimal? Percent = null,
    Money? Amount = null,
    string? Code = null,
    Money? Minimum = null,
    Guid? CategoryId = null,
    DateTimeOffset? StartsAt = null,
    DateTimeOffset? EndsAt = null,
    [Range(1, long.MaxValue)] long? UsesMax = null,
    [Range(1, int.MaxValue)] int? UsesPerCustomerMax = null,
    [RegularExpression("seller|marketplace")] string? FundedBy = null,
    bool Active = true,
    Guid? CompanyId = null)
{
    internal async Task Set(PromotionRow promotion, CartsDb db, CancellationToken ct)
    {
        if (Percent is null == Amount is null)
            throw RuleException.Invalid("/percent", "percent_or_amount", "Give a percent or an amount, not both.");
        if (Amount is { Amount: <= 0 })
            throw RuleException.Invalid("/amount/amount", "invalid_amount", "The amount is more than 0.");
        if (StartsAt >= EndsAt)
            throw RuleException.Invalid("/ends_at", "end_before_start", "It ends after it starts.");
        if (Code is null && (UsesMax is not null || UsesPerCustomerMax is not null))
            throw RuleException.Invalid("/code", "code_required", "Only a coupon, which has a code, can be limited.");
        if (promotion.CompanyId is not null && FundedBy == "marketplace")
            throw RuleException.Invalid("/funded_by", "not_yours_to_fund", "A company pays its own promotions.");
        var code = Code is null ? null : CouponCode.One(Code, "/code");
        if (code is not null && await db.Promotions.AnyAsync(other => other.Code == code && other.Id != promotion.Id, ct))
            throw new RuleException("coupon_exists", "Another promotion has this code. Take another one.");

        promotion.Name = Name.Trim();
        promotion.Percent = Percent is { } percent ? Percents.Checked(percent, "/percent", min: 0.0001m) : null;
        promotion.Currency = Amounts.Currency((Amount, "/amount"), (Minimum, "/minimum"));
        promotion.AmountMinor = Amount?.Amount;
        promotion.MinimumMinor = Minimum is { Amount: > 0 } minimum ? minimum.Amount : null;
        promotion.Code = code;
        promotion.CategoryId = CategoryId;
        promotion.StartsAt = StartsAt?.ToUniversalTime();
        promotion.EndsAt = EndsAt?.ToUniversalTime();
        promotion.UsesMax = UsesMax;
        promotion.UsesPerCustomerMax = UsesPerCustomerMax;
        promotion.FundedBy = promotion.CompanyId is not null ? "seller" : FundedBy ?? "marketplace";
        promotion.Active = Active;
    }
}

/// <summary>A promotion.</summary>
/// <param name="Id">The promotion.</param>
/// <param name="CompanyId">Whose items it is for; null for all.</param>
/// <param name="Name">As the buyer sees it.</param>
/// <param name="Percent">Off the eligible items.</param>
/// <param name="Amount">Off the eligible items together.</param>
/// <param name="Code">The coupon code that asks for it; null when it applies by itself.</param>
/// <param name="Minimum">The eligible items must reach this much.</param>
/// <param name="CategoryId">Only for items of this category.</param>
/// <param name="StartsAt">From when.</param>
/// <param name="EndsAt">Until when, not included.</param>
/// <param name="UsesMax">How many orders may use it.</param>
/// <param name="UsesPerCustomerMax">How many orders of one customer may use it.</param>
/// <param name="Used">How many orders use it; counted for limited coupons only.</param>
/// <param name="FundedBy">Who pays it.</param>
/// <param name="Active">Whether it is on.</param>
public sealed record PromotionResponse(
    Guid Id,
    Guid? CompanyId,
    string Name,
    decimal? Percent,
    Money? Amount,
    string? Code,
    Money? Minimum,
    Guid? CategoryId,
    DateTimeOffset? StartsAt,
    DateTimeOffset? EndsAt,
    long? UsesMax,
    int? UsesPerCustomerMax,
    long Used,
    string FundedBy,
    bool Active)
{
    internal static PromotionResponse Of(PromotionRow promotion, long used) => new(
        Id: promotion.Id,
        CompanyId: promotion.CompanyId,
        promotion.Name,
        promotion.Percent,
        promotion.AmountMinor is { } amount ? new Money(amount, promotion.Currency!) : null,
        promotion.Code,
        promotion.MinimumMinor is { } minimum ? new Money(minimum, promotion.Currency!) : null,
        CategoryId: promotion.CategoryId,
        promotion.StartsAt,
        promotion.EndsAt,
        promotion.UsesMax,
        promotion.UsesPerCustomerMax,
        used,
        promotion.FundedBy,
        promotion.Active);
}

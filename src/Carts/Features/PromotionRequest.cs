using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Souk.Carts.Domain;
using Souk.Contracts;
using Souk.Platform.Http;

namespace Souk.Carts.Features;

/// <summary>What a promotion gives, to whom and when.</summary>
/// <param name="Name">As the buyer sees it.</param>
/// <param name="Percent">Taken off, above 0 to 100. Either this or an amount. Of given pieces 100 when it is left out.</param>
/// <param name="Amount">Taken off together; of <c>item</c> off each piece.</param>
/// <param name="Code">The coupon code that asks for it; left out when it applies by itself.</param>
/// <param name="Minimum">The eligible items must reach this much, before any discount.</param>
/// <param name="CategoryId">Only for items of this category.</param>
/// <param name="StartsAt">From when.</param>
/// <param name="EndsAt">Until when, not included.</param>
/// <param name="UsesMax">How many orders may use it.</param>
/// <param name="UsesPerCustomerMax">How many orders of one customer may use it.</param>
/// <param name="FundedBy"><c>seller</c> or <c>marketplace</c>: who pays it. A company pays its own.</param>
/// <param name="Active">Whether it is on.</param>
/// <param name="CompanyId">Whose items it is for; left out by staff for all, by others for their only company's. Never changed.</param>
/// <param name="Kind">
/// <c>order</c>: off the eligible items together. <c>item</c>: off each eligible piece. <c>delivery</c>: off the delivery of the
/// eligible items. <c>buy_x_get_y</c>: off some pieces for every so many that are bought, the cheapest first.
/// </param>
/// <param name="BuyQuantity">Pieces to buy; of <c>buy_x_get_y</c> alone.</param>
/// <param name="GetQuantity">Pieces that are given for those; of <c>buy_x_get_y</c> alone.</param>
/// <param name="GetProductIds">Of which products the given pieces are; left out: of the eligible items themselves.</param>
/// <param name="UniqueCodes">
/// Asked for by codes that are good for one order each, made with <c>POST /promotions/{id}/codes</c>. Never changed.
/// </param>
/// <param name="ProductIds">Only for items of these products.</param>
/// <param name="SellerId">Only for items that this company sells; the marketplace's promotions alone.</param>
/// <param name="CustomerGroupId">Only for accounts of this group.</param>
/// <param name="FirstOrder">Only for the first order of an account.</param>
/// <param name="Priority">Those with more are taken before those with less.</param>
/// <param name="Exclusive">It takes only items that no other takes something off, and no other does after it.</param>
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
    Guid? CompanyId = null,
    [RegularExpression("order|item|delivery|buy_x_get_y")] string Kind = PromotionKind.Order,
    [Range(1, 1000)] int? BuyQuantity = null,
    [Range(1, 1000)] int? GetQuantity = null,
    [MaxLength(100)] Guid[]? GetProductIds = null,
    bool UniqueCodes = false,
    [MaxLength(100)] Guid[]? ProductIds = null,
    Guid? SellerId = null,
    Guid? CustomerGroupId = null,
    bool FirstOrder = false,
    [Range(-1000, 1000)] int Priority = 0,
    bool Exclusive = false)
{
    internal async Task Set(PromotionRow promotion, CartsDb db, CancellationToken ct)
    {
        CheckTerms();
        CheckScope(promotion);
        var code = await CodeOf(promotion, db, ct);
        if (CustomerGroupId is { } group && !await db.CustomerGroups.AnyAsync(known => known.Id == group, ct))
            throw RuleException.Invalid("/customer_group_id", "unknown_group", "There is no such group of customers.");

        var percent = Kind == PromotionKind.BuyXGetY ? Percent ?? 100 : Percent;
        promotion.Name = Name.Trim();
        promotion.Kind = Kind;
        promotion.Percent = percent is { } given ? Percents.Checked(given, "/percent", min: 0.0001m) : null;
        promotion.Currency = Amounts.Currency((Amount, "/amount"), (Minimum, "/minimum"));
        promotion.AmountMinor = Amount?.Amount;
        promotion.BuyQuantity = BuyQuantity ?? 0;
        promotion.GetQuantity = GetQuantity ?? 0;
        promotion.GetProductIds = GetProductIds ?? [];
        promotion.MinimumMinor = Minimum is { Amount: > 0 } minimum ? minimum.Amount : null;
        promotion.Code = code;
        promotion.CategoryId = CategoryId;
        promotion.ProductIds = ProductIds ?? [];
        promotion.SellerId = SellerId;
        promotion.CustomerGroupId = CustomerGroupId;
        promotion.FirstOrder = FirstOrder;
        promotion.StartsAt = StartsAt?.ToUniversalTime();
        promotion.EndsAt = EndsAt?.ToUniversalTime();
        promotion.UsesMax = UsesMax;
        promotion.UsesPerCustomerMax = UsesPerCustomerMax;
        promotion.Priority = Priority;
        promotion.Exclusive = Exclusive;
        promotion.FundedBy = promotion.CompanyId is not null ? "seller" : FundedBy ?? "marketplace";
        promotion.Active = Active;
    }

    private void CheckTerms()
    {
        var gives = Kind == PromotionKind.BuyXGetY;
        if (gives && Amount is not null)
            throw RuleException.Invalid("/amount", "percent_or_amount", "Given pieces cost less by a percent. Leave the amount out.");
        if (!gives && Percent is null == Amount is null)
            throw RuleException.Invalid("/percent", "percent_or_amount", "Give a percent or an amount, not both.");
        if (Amount is { Amount: <= 0 })
            throw RuleException.Invalid("/amount/amount", "invalid_amount", "The amount is more than 0.");
        if (gives && (BuyQuantity is null || GetQuantity is null))
            throw RuleException.Invalid(
                "/buy_quantity", "quantities_required", "Say how many pieces are to be bought and how many are given.");
        if (!gives && (BuyQuantity is not null || GetQuantity is not null || GetProductIds is not null))
            throw RuleException.Invalid("/kind", "quantities_not_used", "Only buy_x_get_y has pieces to buy and to get. Leave them out.");
        if (StartsAt >= EndsAt)
            throw RuleException.Invalid("/ends_at", "end_before_start", "It ends after it starts.");
    }

    private void CheckScope(PromotionRow promotion)
    {
        if (promotion.CompanyId is null)
            return;
        if (FundedBy == "marketplace")
            throw RuleException.Invalid("/funded_by", "not_yours_to_fund", "A company pays its own promotions.");
        if (SellerId is not null)
            throw RuleException.Invalid("/seller_id", "seller_fixed", "A company's promotion is for its own items. Leave seller_id out.");
    }

    private async Task<string?> CodeOf(PromotionRow promotion, CartsDb db, CancellationToken ct)
    {
        if (promotion.Version > 0 && promotion.HasUniqueCodes != UniqueCodes)
            throw RuleException.Invalid(
                "/unique_codes", "unique_codes_fixed", "Whether it has codes for one order each does not change. Make a new one.");
        if (UniqueCodes)
            return Code is null
                ? PromotionRow.UniqueCodes(promotion.Id)
                : throw RuleException.Invalid(
                    "/code", "code_twice", "It has codes for one order each, or one code for all. Leave one of the two out.");
        if (Code is null)
            return null;
        var code = CouponCode.One(Code, "/code");
        var taken = await db.Query(
            "select 1 from promotions where code = $1 and id <> $2 union all select 1 from promotion_codes where code = $1",
            _ => true, ct, code, promotion.Id);
        return taken.Count == 0 ? code : throw new RuleException("coupon_exists", "Another promotion has this code. Take another one.");
    }
}

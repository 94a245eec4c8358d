using Souk.Carts.Domain;
using Souk.Contracts;

namespace Souk.Carts.Features;

/// <summary>A promotion.</summary>
/// <param name="Id">The promotion.</param>
/// <param name="CompanyId">Whose items it is for; null for all.</param>
/// <param name="Name">As the buyer sees it.</param>
/// <param name="Percent">Taken off.</param>
/// <param name="Amount">Taken off together; of <c>item</c> off each piece.</param>
/// <param name="Code">The coupon code that asks for it; null when it applies by itself, or has unique codes.</param>
/// <param name="Minimum">The eligible items must reach this much.</param>
/// <param name="CategoryId">Only for items of this category.</param>
/// <param name="StartsAt">From when.</param>
/// <param name="EndsAt">Until when, not included.</param>
/// <param name="UsesMax">How many orders may use it.</param>
/// <param name="UsesPerCustomerMax">How many orders of one customer may use it.</param>
/// <param name="Used">How many orders use it; counted only where uses are limited.</param>
/// <param name="FundedBy">Who pays it.</param>
/// <param name="Active">Whether it is on.</param>
/// <param name="Kind"><c>order</c>, <c>item</c>, <c>delivery</c> or <c>buy_x_get_y</c>.</param>
/// <param name="BuyQuantity">Pieces to buy.</param>
/// <param name="GetQuantity">Pieces that are given for those.</param>
/// <param name="GetProductIds">Of which products those are; empty: of the eligible items.</param>
/// <param name="UniqueCodes">Whether codes that are good for one order each ask for it.</param>
/// <param name="ProductIds">Only for items of these products; empty for all.</param>
/// <param name="SellerId">Only for items that this company sells.</param>
/// <param name="CustomerGroupId">Only for accounts of this group.</param>
/// <param name="FirstOrder">Only for the first order of an account.</param>
/// <param name="Priority">Those with more are taken before those with less.</param>
/// <param name="Exclusive">It takes only items that no other takes something off, and no other does after it.</param>
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
    bool Active,
    string Kind,
    int? BuyQuantity,
    int? GetQuantity,
    Guid[] GetProductIds,
    bool UniqueCodes,
    Guid[] ProductIds,
    Guid? SellerId,
    Guid? CustomerGroupId,
    bool FirstOrder,
    int Priority,
    bool Exclusive)
{
    internal static PromotionResponse Of(PromotionRow promotion, long used) => new(
        Id: promotion.Id,
        CompanyId: promotion.CompanyId,
        promotion.Name,
        promotion.Percent,
        promotion.AmountMinor is { } amount ? new Money(amount, promotion.Currency!) : null,
        promotion.HasUniqueCodes ? null : promotion.Code,
        promotion.MinimumMinor is { } minimum ? new Money(minimum, promotion.Currency!) : null,
        CategoryId: promotion.CategoryId,
        promotion.StartsAt,
        promotion.EndsAt,
        promotion.UsesMax,
        promotion.UsesPerCustomerMax,
        used,
        promotion.FundedBy,
        promotion.Active,
        promotion.Kind,
        promotion.BuyQuantity is > 0 and var buy ? buy : null,
        promotion.GetQuantity is > 0 and var get ? get : null,
        promotion.GetProductIds,
        promotion.HasUniqueCodes,
        promotion.ProductIds,
        SellerId: promotion.SellerId,
        CustomerGroupId: promotion.CustomerGroupId,
        promotion.FirstOrder,
        promotion.Priority,
        promotion.Exclusive);
}

namespace Souk.Carts.Domain;

/// <summary>What a promotion takes something off, as it stands in requests and in the table.</summary>
internal static class PromotionKind
{
    /// <summary>The eligible items together.</summary>
    public const string Order = "order";

    /// <summary>Each eligible piece.</summary>
    public const string Item = "item";

    /// <summary>The delivery of the eligible items.</summary>
    public const string Delivery = "delivery";

    /// <summary>Some pieces, for every so many that are bought.</summary>
    public const string BuyXGetY = "buy_x_get_y";
}

/// <summary>A discount with its conditions. Those that apply are taken one after another, as <see cref="Discounts" /> says.</summary>
internal sealed record Promotion
{
    /// <summary>The promotion.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whose it is and for whose items alone; null for the marketplace's.</summary>
    public Guid? CompanyId { get; init; }

    /// <summary>As the buyer sees it.</summary>
    public required string Name { get; init; }

    /// <summary>What it takes something off: a <see cref="PromotionKind" />.</summary>
    public string Kind { get; init; } = PromotionKind.Order;

    /// <summary>The coupon code that asks for it, the given one where it has many; null when it applies by itself.</summary>
    public string? Code { get; init; }

    /// <summary>Whether each of its codes is good for one order.</summary>
    public bool HasUniqueCodes { get; init; }

    /// <summary>How much is taken off; null when it is an amount.</summary>
    public decimal? Percent { get; init; }

    /// <summary>How much is taken off: together, or off each piece of an item; null when it is a percentage.</summary>
    public long? AmountMinor { get; init; }

    /// <summary>Of amount and minimum.</summary>
    public string? Currency { get; init; }

    /// <summary>Pieces to buy for those that are given.</summary>
    public int BuyQuantity { get; init; }

    /// <summary>Pieces that are given for those.</summary>
    public int GetQuantity { get; init; }

    /// <summary>Of which products the given pieces are; empty: of those that are bought.</summary>
    public Guid[] GetProductIds { get; init; } = [];

    /// <summary>The eligible items must reach this much before any discount.</summary>
    public long? MinimumMinor { get; init; }

    /// <summary>Only items of this category.</summary>
    public Guid? CategoryId { get; init; }

    /// <summary>Only items of these products; empty for all.</summary>
    public Guid[] ProductIds { get; init; } = [];

    /// <summary>Only items that this company sells.</summary>
    public Guid? SellerId { get; init; }

    /// <summary>Only for accounts of this group.</summary>
    public Guid? CustomerGroupId { get; init; }

    /// <summary>Only for the first order of an account.</summary>
    public bool FirstOrder { get; init; }

    /// <summary>From when.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Until when, not included.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>How many checkouts may use it.</summary>
    public long? UsesMax { get; init; }

    /// <summary>How many checkouts of one customer may use it.</summary>
    public int? UsesPerCustomerMax { get; init; }

    /// <summary>Those with more are taken before those with less.</summary>
    public int Priority { get; init; }

    /// <summary>It takes only items that no other takes something off.</summary>
    public bool Exclusive { get; init; }

    /// <summary>Whether the marketplace pays it; otherwise the seller of each line.</summary>
    public bool ByMarketplace { get; init; }

    /// <summary>Whether it is on.</summary>
    public bool Active { get; init; } = true;

    /// <summary>How many checkouts of one customer may use it. A first order is one: two at once must not both be the first.</summary>
    public int? CustomerLimit => UsesPerCustomerMax ?? (FirstOrder ? 1 : null);

    /// <summary>Whether its uses are counted, so that a checkout must take one.</summary>
    public bool IsLimited => UsesMax is not null || CustomerLimit is not null || HasUniqueCodes;

    /// <summary>Whether it cannot be judged by the cart alone: who buys matters, or how often it was used.</summary>
    public bool DependsOnUse => IsLimited || CustomerGroupId is not null;

    /// <summary>The seller whose items alone it is for; null for all.</summary>
    public Guid? OnlySeller => CompanyId ?? SellerId;

    /// <summary>Whether it is on at this moment.</summary>
    public bool RunsAt(DateTimeOffset now) => Active && (StartsAt is null || StartsAt <= now) && (EndsAt is null || now < EndsAt);

    /// <summary>Whether it is for this line.</summary>
    public bool Covers(Offer offer) =>
        IsFor(offer)
        && (CategoryId is null || Array.IndexOf(offer.CategoryIds, CategoryId.Value) >= 0)
        && (ProductIds.Length == 0 || Array.IndexOf(ProductIds, offer.ProductId) >= 0);

    /// <summary>Whether it gives pieces of this line for others that are bought.</summary>
    public bool Gives(Offer offer) => IsFor(offer) && Array.IndexOf(GetProductIds, offer.ProductId) >= 0;

    private bool IsFor(Offer offer) =>
        (CompanyId is null || CompanyId == offer.CompanyId)
        && (SellerId is null || SellerId == offer.CompanyId)
        && (Currency is null || Currency == offer.Currency);
}

/// <summary>A promotion with what the database knows of its use by this buyer.</summary>
/// <param name="Promotion">The promotion, with the code that was given.</param>
/// <param name="Used">How often it was used in all.</param>
/// <param name="UsedByCustomer">How often by this buyer.</param>
/// <param name="CodeIsUsed">Whether the given code was good for one order, and was used.</param>
/// <param name="IsInGroup">Whether the buyer is in the group that it is for; true when it is for all.</param>
/// <param name="HasOrdered">Whether the buyer has ordered before, as far as that matters.</param>
internal sealed record AskedPromotion(
    Promotion Promotion, long Used = 0, int UsedByCustomer = 0, bool CodeIsUsed = false, bool IsInGroup = true, bool HasOrdered = false);

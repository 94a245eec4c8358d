using System.Collections.ObjectModel;
using Souk.Contracts.Carts;

namespace Souk.Carts.Domain;

/// <summary>An offer as a quote sees it.</summary>
/// <param name="Id">The offer.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="VariantId">Its variant.</param>
/// <param name="CompanyId">Who sells it.</param>
/// <param name="ShopId">In which shop.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="PriceMinor">Price of one piece.</param>
/// <param name="Currency">Its currency.</param>
/// <param name="DeliveryFeeMinor">Delivery per piece in place of the method's rate.</param>
/// <param name="TaxCategory">Its tax category.</param>
/// <param name="CategoryIds">Categories of its product, with their ancestors.</param>
/// <param name="WeightGrams">Weight of one piece; null when it is not known, then it counts as nothing.</param>
/// <param name="Active">Whether it can be bought.</param>
/// <param name="Available">Pieces that can be bought; null when Inventory has not said.</param>
internal sealed record Offer(
    Guid Id,
    Guid ProductId,
    Guid VariantId,
    Guid CompanyId,
    Guid ShopId,
    string Sku,
    string Title,
    long PriceMinor,
    string Currency,
    long? DeliveryFeeMinor,
    string TaxCategory,
    Guid[] CategoryIds,
    int? WeightGrams,
    bool Active,
    long? Available);

/// <summary>What the buyer put in: pieces of one offer.</summary>
/// <param name="OfferId">The offer; it stands in one line only.</param>
/// <param name="Quantity">Pieces, at least 1.</param>
/// <param name="PriceSeenMinor">The price when it was put in; null when there is none to compare with.</param>
/// <param name="Offer">The offer as it is now; null when it is gone.</param>
internal sealed record BasketLine(Guid OfferId, int Quantity, long? PriceSeenMinor, Offer? Offer);

/// <summary>The method chosen for one seller's part.</summary>
/// <param name="CompanyId">The seller.</param>
/// <param name="MethodId">The method.</param>
internal readonly record struct DeliveryChoice(Guid CompanyId, Guid MethodId);

/// <summary>All that a quote is made from, besides the rules.</summary>
/// <param name="Lines">What is wanted.</param>
/// <param name="Contact">Who buys and where it goes; null while that is not said.</param>
/// <param name="Delivery">The methods chosen; a seller without a choice gets the cheapest.</param>
/// <param name="Coupons">The codes given, each once, in upper case.</param>
/// <param name="Now">The database's time, for dates of promotions.</param>
/// <param name="AccountId">Who buys; null for a guest.</param>
internal sealed record Basket(
    IReadOnlyList<BasketLine> Lines,
    ContactCard? Contact,
    IReadOnlyList<DeliveryChoice> Delivery,
    IReadOnlyList<string> Coupons,
    DateTimeOffset Now,
    Guid? AccountId)
{
    /// <summary>The promotions of those codes, and those without a code whose use matters, as the database knows them.</summary>
    public IReadOnlyList<AskedPromotion> Asked { get; init; } = [];

    /// <summary>
    /// Sellers who send parts of an order to which these lines are added, with what the items of those cost: the lines go along,
    /// so what sending a part costs at all is paid. Empty for a cart.
    /// </summary>
    public IReadOnlyDictionary<Guid, long> Joins { get; init; } = ReadOnlyDictionary<Guid, long>.Empty;
}

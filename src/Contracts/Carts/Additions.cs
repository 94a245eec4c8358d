using Souk.Contracts.Orders;

namespace Souk.Contracts.Carts;

/// <summary>Pieces that are to be added to an order.</summary>
/// <param name="ContactId">The order's contact, which says where they go.</param>
/// <param name="AccountId">Its buyer.</param>
/// <param name="Lines">The pieces; each offer once.</param>
/// <param name="Parts">What the order's sellers send anyway: their added pieces go along.</param>
public sealed record WantedAddition(Guid ContactId, Guid? AccountId, WantedPieces[] Lines, PartToJoin[] Parts);

/// <summary>Pieces of one offer.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="Quantity">Pieces, at least 1.</param>
public sealed record WantedPieces(Guid OfferId, int Quantity);

/// <summary>A part of an order that pieces are added to.</summary>
/// <param name="CompanyId">Its seller.</param>
/// <param name="DeliveryMethodId">How it is sent.</param>
/// <param name="ItemsMinor">What its items cost, less discount: they count where a method is free from an amount.</param>
public sealed record PartToJoin(Guid CompanyId, Guid DeliveryMethodId, long ItemsMinor);

/// <summary>What an addition costs. All amounts are minor units of its currency.</summary>
/// <param name="Currency">Currency of all amounts.</param>
/// <param name="PricesIncludeTax">Whether unit prices contain the tax.</param>
/// <param name="Lines">The lines with their money; not all of them where there are problems.</param>
/// <param name="Parts">One per seller in <paramref name="Lines" />; empty where there are problems.</param>
/// <param name="Problems">Why it cannot be bought; empty when it can.</param>
public sealed record PricedAddition(
    string Currency, bool PricesIncludeTax, OrderedLine[] Lines, OrderedPart[] Parts, AdditionProblem[] Problems);

/// <summary>Why pieces cannot be added.</summary>
/// <param name="Code">As the quotes of carts have it, for example <c>not_available</c> or <c>no_delivery</c>.</param>
/// <param name="Detail">A sentence for the buyer.</param>
/// <param name="OfferId">The offer it concerns; null when it is none in particular.</param>
/// <param name="CompanyId">The seller it concerns; null when it is none in particular.</param>
public sealed record AdditionProblem(string Code, string Detail, Guid? OfferId, Guid? CompanyId);

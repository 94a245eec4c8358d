namespace Souk.Carts.Domain;

/// <summary>A way to send a seller's part. A company with methods of its own uses only those, the others the marketplace's.</summary>
/// <param name="Id">The method.</param>
/// <param name="CompanyId">Whose it is; null for the marketplace's.</param>
/// <param name="Name">As the buyer sees it.</param>
/// <param name="Countries">Where it goes to; empty for everywhere.</param>
/// <param name="PostcodePrefixes">Beginnings of the postcodes it goes to; empty for all.</param>
/// <param name="Currency">Currency of its amounts; null when it costs nothing, then it serves all.</param>
/// <param name="BaseMinor">For the part.</param>
/// <param name="PerItemMinor">For each piece, unless its offer has a fee of its own.</param>
/// <param name="FreeFromMinor">The part is sent free from this amount of items, less discount.</param>
/// <param name="TaxCategory">By which its price is taxed.</param>
internal sealed record DeliveryMethod(
    Guid Id,
    Guid? CompanyId,
    string Name,
    string[] Countries,
    string[] PostcodePrefixes,
    string? Currency,
    long BaseMinor,
    long PerItemMinor,
    long? FreeFromMinor,
    string TaxCategory)
{
    /// <summary>Whether it goes there and prices in this currency.</summary>
    public bool Serves(string country, string? postcode, string currency) =>
        (Currency is null || Currency == currency)
        && (Countries.Length == 0 || Array.IndexOf(Countries, country) >= 0)
        && (PostcodePrefixes.Length == 0
            || (postcode is not null && PostcodePrefixes.Any(prefix => postcode.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))));
}

/// <summary>A discount. Those that apply are taken one after another, each from what the former left; no line goes below zero.</summary>
/// <param name="Id">The promotion.</param>
/// <param name="CompanyId">Whose items it is for; null for all.</param>
/// <param name="Name">As the buyer sees it.</param>
/// <param name="Code">The coupon code that asks for it; null when it applies by itself.</param>
/// <param name="Percent">Off the eligible items; null when it is an amount.</param>
/// <param name="AmountMinor">Off the eligible items together; null when it is a percentage.</param>
/// <param name="Currency">Of amount and minimum.</param>
/// <param name="MinimumMinor">The eligible items must reach this much before any discount.</param>
/// <param name="CategoryId">Only items of this category.</param>
/// <param name="StartsAt">From when.</param>
/// <param name="EndsAt">Until when, not included.</param>
/// <param name="UsesMax">How many checkouts may use it.</param>
/// <param name="UsesPerCustomerMax">How many checkouts of one customer may use it.</param>
/// <param name="ByMarketplace">Whether the marketplace pays it; otherwise the seller of each line.</param>
/// <param name="Active">Whether it is on.</param>
internal sealed record Promotion(
    Guid Id,
    Guid? CompanyId,
    string Name,
    string? Code,
    decimal? Percent,
    long? AmountMinor,
    string? Currency,
    long? MinimumMinor,
    Guid? CategoryId,
    DateTimeOffset? StartsAt,
    DateTimeOffset? EndsAt,
    long? UsesMax,
    int? UsesPerCustomerMax,
    bool ByMarketplace,
    bool Active)
{
    /// <summary>Whether its uses are counted, so that a checkout must take one.</summary>
    public bool IsLimited => UsesMax is not null || UsesPerCustomerMax is not null;

    /// <summary>Whether it is on at this moment.</summary>
    public bool RunsAt(DateTimeOffset now) => Active && (StartsAt is null || StartsAt <= now) && (EndsAt is null || now < EndsAt);

    /// <summary>Whether it is for this line.</summary>
    public bool Covers(Offer offer) =>
        (CompanyId is null || CompanyId == offer.CompanyId)
        && (CategoryId is null || Array.IndexOf(offer.CategoryIds, CategoryId.Value) >= 0)
        && (Currency is null || Currency == offer.Currency);
}

/// <summary>All rules that a quote is made by, as they are at one moment. Never changed: a new one replaces it.</summary>
internal sealed class Rules
{
    private const string StandardCategory = "standard";
    private readonly Dictionary<Guid, DeliveryMethod[]> methodsByCompany;
    private readonly DeliveryMethod[] marketplaceMethods;
    private readonly Dictionary<(string Country, string Category), decimal> taxPercents;

    public Rules(
        IReadOnlyList<DeliveryMethod> methods,
        IEnumerable<(string Country, string Category, decimal Percent)> taxRates,
        IEnumerable<Promotion> automatic,
        bool pricesIncludeTax)
    {
        marketplaceMethods = [.. methods.Where(method => method.CompanyId is null)];
        methodsByCompany = methods.Where(method => method.CompanyId is not null)
            .GroupBy(method => method.CompanyId!.Value)
            .ToDictionary(group => group.Key, group => group.ToArray());
        taxPercents = taxRates.ToDictionary(rate => (rate.Country, rate.Category), rate => rate.Percent);
        // In the order of their making, so that the same basket always gets the same discounts.
        Automatic = [.. automatic.OrderBy(promotion => promotion.Id)];
        PricesIncludeTax = pricesIncludeTax;
    }

    /// <summary>Whether prices, delivery included, contain the tax.</summary>
    public bool PricesIncludeTax { get; }

    /// <summary>The promotions that apply without a code.</summary>
    public IReadOnlyList<Promotion> Automatic { get; }

    /// <summary>The ways this seller can send there.</summary>
    public IEnumerable<DeliveryMethod> Methods(Guid companyId, string country, string? postcode, string currency) =>
        (methodsByCompany.TryGetValue(companyId, out var own) ? own : marketplaceMethods)
        .Where(method => method.Serves(country, postcode, currency));

    /// <summary>The tax of a category in a country: its own rate, else the country's <c>standard</c> rate, else none.</summary>
    public decimal TaxPercent(string country, string category) =>
        taxPercents.TryGetValue((country, category), out var percent) || taxPercents.TryGetValue((country, StandardCategory), out percent)
            ? percent
            : 0;
}

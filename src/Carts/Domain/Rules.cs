using Souk.Platform;

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
/// <param name="PerKgMinor">For each kilogram of the part that has begun.</param>
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
    long PerKgMinor,
    long? FreeFromMinor,
    string TaxCategory)
{
    /// <summary>Whether it goes there and prices in this currency.</summary>
    public bool Serves(string country, string? postcode, string currency) =>
        (Currency is null || Currency == currency)
        && (Countries.Length == 0 || Array.IndexOf(Countries, country) >= 0)
        && (PostcodePrefixes.Length == 0 || (postcode is not null && Postcodes.StartsWithAny(postcode, PostcodePrefixes)));
}

/// <summary>The tax of one category in a country, or in a region of it.</summary>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Region">As addresses write it, in capitals; empty for the whole country.</param>
/// <param name="Category">The category of goods.</param>
/// <param name="Percent">0 to 100.</param>
internal readonly record struct TaxRate(string Country, string Region, string Category, decimal Percent);

/// <summary>All rules that a quote is made by, as they are at one moment. Never changed: a new one replaces it.</summary>
internal sealed class Rules
{
    private const string StandardCategory = "standard";
    private readonly Dictionary<Guid, DeliveryMethod[]> methodsByCompany;
    private readonly DeliveryMethod[] marketplaceMethods;
    private readonly Dictionary<(string Country, string Region, string Category), decimal> taxPercents;
    private readonly Dictionary<Guid, Promotion[]> automaticBySeller;
    private readonly bool hasRegions;
    private readonly bool hasDependent;

    public Rules(
        IReadOnlyList<DeliveryMethod> methods, IReadOnlyList<TaxRate> taxRates, IReadOnlyList<Promotion> automatic, bool pricesIncludeTax)
    {
        marketplaceMethods = [.. methods.Where(method => method.CompanyId is null)];
        methodsByCompany = methods.Where(method => method.CompanyId is not null)
            .GroupBy(method => method.CompanyId!.Value)
            .ToDictionary(group => group.Key, group => group.ToArray());
        taxPercents = taxRates.ToDictionary(rate => (rate.Country, rate.Region, rate.Category), rate => rate.Percent);
        hasRegions = taxRates.Any(rate => rate.Region.Length > 0);
        automaticBySeller = automatic.GroupBy(promotion => promotion.OnlySeller ?? Guid.Empty)
            .ToDictionary(group => group.Key, group => group.ToArray());
        hasDependent = automatic.Any(promotion => promotion.DependsOnUse);
        PricesIncludeTax = pricesIncludeTax;
    }

    /// <summary>Whether prices, delivery included, contain the tax.</summary>
    public bool PricesIncludeTax { get; }

    /// <summary>
    /// The promotions that apply without a code and may be for items of these sellers; in the order of their making, so that
    /// the same basket always gets the same discounts.
    /// </summary>
    public IReadOnlyList<Promotion> Automatic(IEnumerable<Guid> sellerIds)
    {
        if (automaticBySeller.Count == 0)
            return [];
        var found = new List<Promotion>(automaticBySeller.GetValueOrDefault(Guid.Empty) ?? []);
        foreach (var sellerId in sellerIds.Distinct())
            found.AddRange(automaticBySeller.GetValueOrDefault(sellerId) ?? []);
        found.Sort((a, b) => a.Id.CompareTo(b.Id));
        return found;
    }

    /// <summary>Those of them whose use the database must be asked about; without such rules nothing is looked at.</summary>
    public Guid[] Dependent(IReadOnlyList<BasketLine> lines) => hasDependent
        ? [.. Automatic(lines.Select(line => line.Offer).OfType<Offer>().Select(offer => offer.CompanyId))
            .Where(promotion => promotion.DependsOnUse).Select(promotion => promotion.Id)]
        : [];

    /// <summary>The ways this seller can send there.</summary>
    public IEnumerable<DeliveryMethod> Methods(Guid companyId, string country, string? postcode, string currency) =>
        (methodsByCompany.TryGetValue(companyId, out var own) ? own : marketplaceMethods)
        .Where(method => method.Serves(country, postcode, currency));

    /// <summary>
    /// The tax of a category: the region's own rate, else the region's <c>standard</c> rate, else the same of the country, else
    /// none. So a region with a standard rate is a territory of its own.
    /// </summary>
    public decimal TaxPercent(string country, string? region, string category) =>
        hasRegions && !string.IsNullOrEmpty(region) && Find(country, region.ToUpperInvariant(), category) is { } percent
            ? percent
            : Find(country, "", category) ?? 0;

    private decimal? Find(string country, string region, string category) =>
        taxPercents.TryGetValue((country, region, category), out var percent)
        || taxPercents.TryGetValue((country, region, StandardCategory), out percent)
            ? percent
            : null;
}

using Souk.Carts.Domain;
using Souk.Contracts.Carts;

namespace Souk.UnitTests.Carts;

/// <summary>Things to price.</summary>
internal static class Baskets
{
    public static readonly Guid Ann = Guid.CreateVersion7();
    public static readonly Guid Ben = Guid.CreateVersion7();
    public static readonly Guid Books = Guid.CreateVersion7();
    public static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly DeliveryMethod Free = Method(null, 0, 0) with { Currency = null };

    public static Offer Offer(
        long price, Guid? company = null, long? fee = null, string currency = "EUR", string tax = "standard", Guid[]? categories = null,
        bool active = true, long? available = null, int? grams = null) => new(
        Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), company ?? Ann, Guid.CreateVersion7(),
        "SKU", "Thing", price, currency, fee, tax, categories ?? [], grams, active, available);

    public static DeliveryMethod Method(
        Guid? company, long @base, long perItem, long? freeFrom = null, string currency = "EUR", string[]? countries = null,
        long perKg = 0) =>
        new(Guid.CreateVersion7(), company, "Parcel", countries ?? [], [], currency, @base, perItem, perKg, freeFrom, "standard");

    public static Promotion Off(
        decimal? percent = null, long? amount = null, string? code = null, Guid? company = null, long? minimum = null, Guid? category = null,
        bool byMarketplace = false, long? usesMax = null, string currency = "EUR", string kind = PromotionKind.Order) => new()
    {
        Id = Guid.CreateVersion7(), CompanyId = company, Name = "Sale", Kind = kind, Code = code, Percent = percent, AmountMinor = amount,
        Currency = currency, MinimumMinor = minimum, CategoryId = category, UsesMax = usesMax, ByMarketplace = byMarketplace,
    };

    /// <summary>Some pieces free, for every so many that are bought.</summary>
    public static Promotion Gives(int get, int buy, decimal percent = 100, string? code = null) =>
        Off(percent, code: code, kind: PromotionKind.BuyXGetY) with { BuyQuantity = buy, GetQuantity = get };

    public static ContactCard To(string country, string postcode = "10115", string? region = null) =>
        new("Ada", "ada@example.com", null, new PostalAddress("Street 1", null, "City", region, postcode, country), null);

    public static Basket Of(params (Offer Offer, int Quantity)[] lines) => new(
        [.. lines.Select(line => new BasketLine(line.Offer.Id, line.Quantity, line.Offer.PriceMinor, line.Offer))],
        To("DE"), [], [], Noon, null);

    public static Basket With(this Basket basket, params Promotion[] coupons) => basket with
    {
        Coupons = [.. coupons.Select(coupon => coupon.Code!)],
        Asked = [.. coupons.Select(coupon => new AskedPromotion(coupon))],
    };

    public static Rules Rules(
        IReadOnlyList<DeliveryMethod>? methods = null, (string, string, decimal)[]? taxes = null, Promotion[]? automatic = null, bool includeTax = true) =>
        new(
            methods ?? [Free], [.. (taxes ?? []).Select(tax => new TaxRate(tax.Item1, "", tax.Item2, tax.Item3))],
            automatic ?? [], includeTax);

    public static Quote Priced(this Basket basket, Rules rules) => Pricing.Quote(basket, rules, "EUR");
}

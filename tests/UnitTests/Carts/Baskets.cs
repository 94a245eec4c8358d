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
        bool active = true, long? available = null) => new(
        Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), company ?? Ann, Guid.CreateVersion7(),
        "SKU", "Thing", price, currency, fee, tax, categories ?? [], active, available);

    public static DeliveryMethod Method(Guid? company, long @base, long perItem, long? freeFrom = null, string currency = "EUR", string[]? countries = null) =>
        new(Guid.CreateVersion7(), company, "Parcel", countries ?? [], [], currency, @base, perItem, freeFrom, "standard");

    public static Promotion Off(
        decimal? percent = null, long? amount = null, string? code = null, Guid? company = null, long? minimum = null, Guid? category = null,
        bool byMarketplace = false, long? usesMax = null, string currency = "EUR") => new(
        Guid.CreateVersion7(), company, "Sale", code, percent, amount, currency, minimum, category, null, null, usesMax, null, byMarketplace, true);

    public static ContactCard To(string country, string postcode = "10115") =>
        new("Ada", "ada@example.com", null, new PostalAddress("Street 1", null, "City", null, postcode, country), null);

    public static Basket Of(params (Offer Offer, int Quantity)[] lines) => new(
        [.. lines.Select(line => new BasketLine(line.Offer.Id, line.Quantity, line.Offer.PriceMinor, line.Offer))], To("DE"), [], [], [], Noon);

    public static Basket With(this Basket basket, params Promotion[] coupons) => basket with
    {
        Coupons = [.. coupons.Select(coupon => coupon.Code!)],
        Promotions = [.. coupons.Select(coupon => new CouponPromotion(coupon, 0))],
    };

    public static Rules Rules(
        IReadOnlyList<DeliveryMethod>? methods = null, (string, string, decimal)[]? taxes = null, Promotion[]? automatic = null, bool includeTax = true) =>
        new(methods ?? [Free], taxes ?? [], automatic ?? [], includeTax);

    public static Quote Priced(this Basket basket, Rules rules) => Pricing.Quote(basket, rules, "EUR");
}

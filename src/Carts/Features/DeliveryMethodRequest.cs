using System.ComponentModel.DataAnnotations;
using Souk.Carts.Domain;
using Souk.Contracts;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.Carts.Features;

/// <summary>The terms of a delivery method.</summary>
/// <param name="Name">As the buyer sees it.</param>
/// <param name="BasePrice">For the part; left out when it costs nothing.</param>
/// <param name="ItemPrice">For each piece whose offer has no delivery fee of its own.</param>
/// <param name="FreeFrom">The part is sent free from this amount of items, less discount.</param>
/// <param name="Countries">Where it goes to; left out for everywhere.</param>
/// <param name="PostcodePrefixes">Beginnings of the postcodes it goes to; left out for all.</param>
/// <param name="TaxCategory">By which its price is taxed.</param>
/// <param name="Active">Whether it is offered.</param>
/// <param name="CompanyId">Whose it is; left out by staff for the marketplace's, by others for their only company's. Never changed.</param>
/// <param name="KgPrice">For each kilogram of the part that has begun; what has no weight counts as nothing.</param>
public sealed record DeliveryMethodRequest(
    [StringLength(100, MinimumLength = 1)] string Name,
    Money? BasePrice = null,
    Money? ItemPrice = null,
    Money? FreeFrom = null,
    [MaxLength(300)] string[]? Countries = null,
    [MaxLength(1000)] string[]? PostcodePrefixes = null,
    [RegularExpression("[a-z0-9_]{1,40}")] string TaxCategory = "standard",
    bool Active = true,
    Guid? CompanyId = null,
    Money? KgPrice = null)
{
    internal void Set(DeliveryMethodRow method)
    {
        var errors = new List<FieldError>();
        for (var i = 0; i < (Countries?.Length ?? 0); i++)
            if (!Domain.Countries.Knows(Countries![i]))
                errors.Add(new($"/countries/{i}", "unknown_country", "A country is a code of two capital letters, for example DE."));
        errors.AddRange(Postcodes.Errors(PostcodePrefixes ?? [], "/postcode_prefixes"));
        if (errors.Count > 0)
            throw new RuleException(422, "validation_failed", $"{errors.Count} fields need attention.", [.. errors]);
        method.Currency = Amounts.Currency(
            (BasePrice, "/base_price"), (ItemPrice, "/item_price"), (KgPrice, "/kg_price"), (FreeFrom, "/free_from"));
        method.Name = Name.Trim();
        method.BaseMinor = BasePrice?.Amount ?? 0;
        method.PerItemMinor = ItemPrice?.Amount ?? 0;
        method.PerKgMinor = KgPrice?.Amount ?? 0;
        method.FreeFromMinor = FreeFrom?.Amount;
        method.Countries = Countries ?? [];
        method.PostcodePrefixes = [.. (PostcodePrefixes ?? []).Select(prefix => prefix.Trim())];
        method.TaxCategory = TaxCategory;
        method.Active = Active;
    }
}

/// <summary>A delivery method.</summary>
/// <param name="Id">The method.</param>
/// <param name="CompanyId">Whose it is; null for the marketplace's.</param>
/// <param name="Name">As the buyer sees it.</param>
/// <param name="BasePrice">For the part.</param>
/// <param name="ItemPrice">For each piece whose offer has no delivery fee of its own.</param>
/// <param name="FreeFrom">The part is sent free from this amount.</param>
/// <param name="Countries">Where it goes to; empty for everywhere.</param>
/// <param name="PostcodePrefixes">Beginnings of the postcodes it goes to; empty for all.</param>
/// <param name="TaxCategory">By which its price is taxed.</param>
/// <param name="Active">Whether it is offered.</param>
/// <param name="KgPrice">For each kilogram of the part that has begun.</param>
public sealed record DeliveryMethodResponse(
    Guid Id,
    Guid? CompanyId,
    string Name,
    Money? BasePrice,
    Money? ItemPrice,
    Money? FreeFrom,
    string[] Countries,
    string[] PostcodePrefixes,
    string TaxCategory,
    bool Active,
    Money? KgPrice)
{
    internal static DeliveryMethodResponse Of(DeliveryMethodRow method) => new(
        Id: method.Id,
        CompanyId: method.CompanyId,
        method.Name,
        method.Currency is null ? null : new Money(method.BaseMinor, method.Currency),
        method.Currency is null ? null : new Money(method.PerItemMinor, method.Currency),
        method.FreeFromMinor is { } free ? new Money(free, method.Currency!) : null,
        method.Countries,
        method.PostcodePrefixes,
        method.TaxCategory,
        method.Active,
        method.Currency is null ? null : new Money(method.PerKgMinor, method.Currency));
}

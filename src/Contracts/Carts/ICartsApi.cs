namespace Souk.Contracts.Carts;

/// <summary>What other services may ask Carts while a caller waits.</summary>
public interface ICartsApi
{
    /// <summary>The contact of a checkout, for those who act on it (mail, shipping). Null when it is not there or was erased.</summary>
    Task<ContactCard?> Contact(Guid contactId, CancellationToken ct);

    /// <summary>A contact that this account keeps for its orders. Null when it keeps none of that id.</summary>
    Task<ContactCard?> KeptContact(Guid contactId, Guid accountId, CancellationToken ct);

    /// <summary>
    /// What pieces cost now that are added to an order. Nothing is taken: promotions that are limited, or for certain customers,
    /// are those of a checkout and do not apply. Null when the order's contact was erased.
    /// </summary>
    Task<PricedAddition?> PriceAddition(WantedAddition wanted, CancellationToken ct);
}

/// <summary>A contact as it was given at the checkout. Personal data: never stored elsewhere, never put into an event or a log.</summary>
/// <param name="Name">First and last name.</param>
/// <param name="Email">Where mail about the order goes.</param>
/// <param name="Phone">May be missing.</param>
/// <param name="Shipping">Where it goes.</param>
/// <param name="Billing">Where the invoice goes; null when it is the same.</param>
/// <param name="Locale">Language of the mails about the order, BCP 47; null when the buyer did not say.</param>
public sealed record ContactCard(
    string Name, string Email, string? Phone, PostalAddress Shipping, PostalAddress? Billing, string? Locale = null);

/// <summary>A postal address.</summary>
/// <param name="Line1">Street and number.</param>
/// <param name="Line2">Floor, door, company.</param>
/// <param name="City">City.</param>
/// <param name="Region">State or province, where the country has them.</param>
/// <param name="Postcode">Postcode, where the country has them.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record PostalAddress(string Line1, string? Line2, string City, string? Region, string? Postcode, string Country);

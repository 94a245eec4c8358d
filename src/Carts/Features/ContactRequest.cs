using System.ComponentModel.DataAnnotations;
using Souk.Carts.Domain;
using Souk.Contracts.Carts;
using Souk.Platform.Http;

namespace Souk.Carts.Features;

/// <summary>Who buys and where it goes.</summary>
/// <param name="Name">First and last name.</param>
/// <param name="Email">Where mail about the order goes.</param>
/// <param name="Shipping">Where it goes.</param>
/// <param name="Phone">For the carrier.</param>
/// <param name="Billing">Where the invoice goes; left out when it is the same.</param>
/// <param name="Locale">Language of the mails, BCP 47; left out for that of the account, or of the marketplace.</param>
public sealed record ContactRequest(
    [StringLength(200, MinimumLength = 1)] string Name,
    [EmailAddress, StringLength(254)] string Email,
    AddressRequest Shipping,
    [StringLength(40)] string? Phone = null,
    AddressRequest? Billing = null,
    [RegularExpression("^[a-z]{2,3}(-[A-Z]{2})?$")] string? Locale = null)
{
    /// <summary>The contact, its values checked: all that is wrong in one refusal.</summary>
    /// <param name="pointer">Where it stands in the body, for example <c>/contact</c>.</param>
    internal ContactCard Card(string pointer)
    {
        var errors = new List<FieldError>();
        var card = new ContactCard(
            ContactText.Line(Name, pointer + "/name", errors),
            Email,
            Phone is null ? null : ContactText.Line(Phone, pointer + "/phone", errors),
            Shipping.Address(pointer + "/shipping", errors),
            Billing?.Address(pointer + "/billing", errors),
            Locale);
        return errors.Count == 0 ? card : throw new RuleException(422, "invalid_contact", "The contact needs attention.", [.. errors]);
    }
}

/// <summary>A postal address.</summary>
/// <param name="Line1">Street and number.</param>
/// <param name="City">City.</param>
/// <param name="Country">ISO 3166-1 alpha-2, upper case.</param>
/// <param name="Postcode">Left out where the country has none.</param>
/// <param name="Line2">Floor, door, company.</param>
/// <param name="Region">State or province, where the country has them.</param>
public sealed record AddressRequest(
    [StringLength(200, MinimumLength = 1)] string Line1,
    [StringLength(100, MinimumLength = 1)] string City,
    [StringLength(2, MinimumLength = 2)] string Country,
    [StringLength(20)] string Postcode = "",
    [StringLength(200)] string? Line2 = null,
    [StringLength(100)] string? Region = null)
{
    internal PostalAddress Address(string pointer, List<FieldError> errors)
    {
        if (!Countries.Knows(Country))
            errors.Add(new(pointer + "/country", "unknown_country", "The country is a code of two capital letters, for example DE."));
        return new PostalAddress(
            ContactText.Line(Line1, pointer + "/line1", errors),
            Line2 is null ? null : ContactText.Line(Line2, pointer + "/line2", errors),
            ContactText.Line(City, pointer + "/city", errors),
            Region is null ? null : ContactText.Line(Region, pointer + "/region", errors),
            Postcode.Length == 0 ? "" : ContactText.Line(Postcode, pointer + "/postcode", errors),
            Country);
    }
}

/// <summary>What stands on a parcel is one visible line each.</summary>
internal static class ContactText
{
    public static string Line(string text, string pointer, List<FieldError> errors)
    {
        var line = text.Trim();
        if (line.Length == 0)
            errors.Add(new(pointer, "blank", "Write something."));
        // Control characters and marks that turn the direction of writing make a label say what it does not.
        else if (line.Any(c => char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')))
            errors.Add(new(pointer, "invalid_text", "Leave out control characters."));
        return line;
    }
}

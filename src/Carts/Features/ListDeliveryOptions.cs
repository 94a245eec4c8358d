using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Carts.Domain;
using Souk.Contracts;
using Souk.Contracts.Carts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Shows how each seller in the caller's cart can send it, and for how much. Everybody may.</summary>
internal static class ListDeliveryOptions
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapGet("/delivery-options", Handle)
        .AllowGuests()
        .WithSummary("Show how the cart can be delivered")
        .WithDescription("To the address of the cart's contact, or to ?country= and ?postcode=. Choose with PUT /cart; the cheapest counts as chosen.")
        .Problems("422 unknown_country", "422 country_required");

    private static async Task<Ok<DeliveryOptionsResponse>> Handle(
        Caller caller, CartsDb db, Quotes quotes, PriceRules rules, IOptions<PricingOptions> options, string? country, string? postcode, CancellationToken ct)
    {
        if (country is not null && !Countries.Knows(country))
            throw RuleException.Invalid("?country", "unknown_country", "The country is a code of two capital letters, for example DE.");
        var owner = CartOwner.Of(caller);
        var cart = owner.IsNew ? null : await db.Cart(owner.CartId, ct);
        if (cart is null || cart.Lines.Count == 0)
            return TypedResults.Ok(new DeliveryOptionsResponse([]));
        if (country is not null)
            cart = cart with { Contact = new ContactCard("", "", null, new PostalAddress("", null, "", null, postcode ?? "", country), null) };
        if (cart.Contact is not { Shipping: var address })
            throw RuleException.Invalid("?country", "country_required", "Say where it goes: ?country= and ?postcode=, or PUT /cart with a contact.");

        var quote = await quotes.Of(cart, owner.AccountId, db, ct);
        var current = await rules.Now(db, ct);
        return TypedResults.Ok(new DeliveryOptionsResponse([.. quote.Parts.Select(part => new PartDeliveryOptions(
            part.CompanyId,
            [.. current.Methods(part.CompanyId, address.Country, address.Postcode, quote.Currency)
                .Select(method => new DeliveryOption(
                    method.Id, method.Name, new Money(Pricing.Delivery(part, method), quote.Currency), method.Id == part.Method?.Id))
                .OrderBy(option => option.Price.Amount).ThenBy(option => option.MethodId)]))]));
    }
}

/// <summary>How a cart can be delivered.</summary>
/// <param name="Parts">One per seller.</param>
public sealed record DeliveryOptionsResponse(IReadOnlyList<PartDeliveryOptions> Parts);

/// <summary>How one seller can send its part.</summary>
/// <param name="CompanyId">The seller.</param>
/// <param name="Options">The ways, the cheapest first; empty when the seller does not deliver there.</param>
public sealed record PartDeliveryOptions(Guid CompanyId, IReadOnlyList<DeliveryOption> Options);

/// <summary>A way to send a part.</summary>
/// <param name="MethodId">The method.</param>
/// <param name="Name">Its name.</param>
/// <param name="Price">What it costs for this part, before promotions.</param>
/// <param name="Chosen">Whether the quote counts with it.</param>
public sealed record DeliveryOption(Guid MethodId, string Name, Money Price, bool Chosen);

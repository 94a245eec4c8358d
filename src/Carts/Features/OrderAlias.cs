using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Carts.Domain;
using Souk.Contracts;
using Souk.Contracts.Carts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>
/// The other name of <c>POST /orders</c>, with decimals: buys the items, or the caller's cart when there are none. Everybody may.
/// The contact is the one given, else the cart's, else the newest that the account keeps.
/// </summary>
internal static class OrderAlias
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/order", Handle)
        .WithTags("Orders")
        .AllowGuests()
        .Idempotent(required: true)
        .AnswersLater()
        .Alias("POST /orders")
        .WithSummary("Buy items, or the cart")
        .Produces<JsonElement>(StatusCodes.Status201Created)
        .AnswersAs(OrderTokens.Route, OrderTokens.Member, OrderTokens.Description)
        .Produces<OrderAcceptedResponse>(StatusCodes.Status202Accepted)
        .Problems("cart_empty", "cart_in_checkout", "order_not_ready", "price_changed", "coupon_used_up", "out_of_stock", "402 payment_declined",
            "422 not_available", "422 contact_required", "422 invalid_contact", "422 wrong_amount", "422 payments_do_not_sum", "422 payment_required", "422 offer_required")
        .WithExample(new OrderAliasRequest(
            [new ItemRequest(ProductId: Guid.Parse("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), Quantity: 2, Price: 24.99m)], "card", "tok_success", 49.98m));

    private static async Task<IResult> Handle(
        OrderAliasRequest request, Caller caller, HttpContext http, CartsDb db, Quotes quotes, Checkout checkout, OfferBook book,
        IOptions<PricingOptions> options, CancellationToken ct)
    {
        var owner = db.Owner(caller);
        var cart = owner.IsNew ? null : await db.Cart(owner.CartId, ct);
        var contact = request.Contact?.Card("/contact") ?? cart?.Contact ?? await db.NewestContact(caller, ct)
            ?? throw RuleException.Invalid("/contact", "contact_required", "Say who buys and where it goes.");
        var basket = request.Items is { } items
            ? await Items(items, contact, caller.AccountId, db, book, await quotes.Now(db, ct), ct)
            : OfCart(cart) is var mine && mine.IsFrozen
                ? throw mine.Frozen()
                : new Basket(mine.Lines, contact, mine.Delivery, mine.Coupons, mine.Now, caller.AccountId);

        var quote = await quotes.Of(basket, db, ct);
        CheckPrices(request.Items, quote);
        if (!quote.CanBeBought)
            throw new RuleException("order_not_ready", "The order has problems that must be mended first.")
            {
                More = { ["problems"] = CartProblemResponse.Of(quote) },
            };
        if (request.Items is null)
            db.RunMust(CartSql.Freeze, owner.CartId, cart!.Version, Answer.Id(http));
        return await checkout.Start(
            http, db, request.Items is null ? owner : null, caller.AccountId, contact, quote, Payments(request, quote, options.Value), null, ct);
    }

    private static Cart OfCart(Cart? cart) => cart is { Lines.Count: > 0 }
        ? cart
        : throw new RuleException("cart_empty", "There are no items, and nothing in the cart.");

    private static async Task<Basket> Items(
        IReadOnlyList<ItemRequest> items, ContactCard contact, Guid? accountId, CartsDb db, OfferBook book, DateTimeOffset now,
        CancellationToken ct)
    {
        var wanted = await Wanted.Of([.. items.Select(item => item.Line)], "/items", db, book, ct);
        var lines = await wanted.Lines(db, book, ct);
        return new Basket(lines, contact, [], [], now, accountId);
    }

    private static void CheckPrices(IReadOnlyList<ItemRequest>? items, Quote quote)
    {
        for (var i = 0; i < items?.Count; i++)
        {
            var item = items[i];
            var line = quote.Lines.FirstOrDefault(line => line.Offer.Id == item.OfferId || line.Offer.ProductId == item.ProductId);
            if (item.Price is { } price && line is not null && Currencies.ToMinor(price, quote.Currency) != line.Offer.PriceMinor)
                throw new RuleException(409, "price_changed", "The price is not what you saw. Look at the product again.",
                    new FieldError($"/items/{i}/price", "price_changed", "See the product's price now."));
        }
    }

    private static PaymentRequest[] Payments(OrderAliasRequest request, Quote quote, PricingOptions options)
    {
        if (request.PaymentMethod is not { } method)
            return quote.TotalMinor == 0 ? [] : throw RuleException.Invalid(
                "/payment_method", "payment_required", "Say how it is paid, for example by card.");
        Money? amount = null;
        if (request.Amount is { } major)
            amount = new Money(
                Currencies.ToMinor(major, options.Currency)
                    ?? throw RuleException.Invalid("/amount", "wrong_amount", "The amount has more decimals than its currency, or is too large."),
                quote.Currency);
        var name = method.Trim().ToLowerInvariant().Replace(' ', '_');
        return [new PaymentRequest(name is "credit_card" or "debit_card" ? "card" : name, request.Token, amount)];
    }
}

/// <summary>What to buy and how it is paid, in decimals of the marketplace's currency.</summary>
/// <param name="Items">What is bought; left out for the cart.</param>
/// <param name="PaymentMethod">For example <c>card</c>, <c>voucher</c>, <c>bank_slip</c>.</param>
/// <param name="Token">What the gateway gave the browser for it.</param>
/// <param name="Amount">What the buyer expects to pay; the order is refused when it costs something else.</param>
/// <param name="Contact">Who buys and where it goes.</param>
public sealed record OrderAliasRequest(
    [MinLength(1), MaxLength(Cart.LinesMax)] IReadOnlyList<ItemRequest>? Items = null,
    [RegularExpression("[A-Za-z][A-Za-z0-9_ ]{0,31}")] string? PaymentMethod = null,
    [StringLength(200)] string? Token = null,
    decimal? Amount = null,
    ContactRequest? Contact = null);

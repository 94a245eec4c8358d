using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Carts.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>
/// Buys without a cart: lines, contact, delivery and payments in one request. Everybody may. Prices are those of now; who
/// wants to be sure of the total gives the amounts of the payments, which must sum to it.
/// </summary>
internal static class PlaceOrder
{
    public static void Map(IEndpointRouteBuilder orders) => orders.MapPost("", Handle)
        .AllowGuests()
        .Idempotent(required: true)
        .AnswersLater()
        .WithSummary("Buy in one request, without a cart")
        .WithDescription("""
            Answers 201 with the confirmed order, 402 or 409 with the reason why there is none, or 202 with the Location of an
            order that takes longer or waits for the buyer. A guest's answer has the order_token that opens the order.
            """)
        .Produces<JsonElement>(StatusCodes.Status201Created)
        .AnswersAs(OrderTokens.Route, OrderTokens.Member, OrderTokens.Description)
        .Produces<OrderAcceptedResponse>(StatusCodes.Status202Accepted)
        .Problems("order_not_ready", "coupon_used_up", "out_of_stock", "402 payment_declined", "404 not_found",
            "422 offer_required", "422 line_count", "422 invalid_contact", "422 contact_required", "422 payments_do_not_sum", "422 payment_required",
            "422 currency_mismatch", "422 invalid_coupon")
        .WithExample(new PlaceOrderRequest(
            [new LineRequest(Guid.Parse("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), Quantity: 2)],
            new ContactRequest("Ada Lovelace", "ada@example.com", new AddressRequest("12 St James's Square", "London", "GB", "SW1Y 4JH")),
            Payments: [new PaymentRequest("card", "tok_success")]));

    internal static async Task<IResult> Handle(
        PlaceOrderRequest request, Caller caller, HttpContext http, CartsDb db, Quotes quotes, Checkout checkout, OfferBook book, CancellationToken ct)
    {
        var wanted = await Wanted.Of(request.Lines, "/lines", db, book, ct);
        if (request.Contact is null == request.ContactId is null)
            throw RuleException.Invalid("/contact", "contact_required", "Give a contact, or the contact_id of one that you keep.");
        var contact = request.Contact?.Card("/contact")
            ?? await db.KeptContact(caller, request.ContactId!.Value, ct) ?? throw RuleException.NotFound();
        var lines = await wanted.Lines(db, book, ct);
        var delivery = DeliveryRequest.Choices(request.Delivery) ?? [];
        var coupons = CouponCode.All(request.Coupons ?? [], "/coupons");
        var now = await quotes.Now(db, ct);
        var quote = await quotes.Of(new Basket(lines, contact, delivery, coupons, now, caller.AccountId), db, ct);
        // A coupon that does not apply, or a delivery that is gone, would change the price without a word: here nobody saw a quote.
        if (!quote.CanBeBought || quote.Problems.Any(problem => problem.Code is "coupon_not_valid" or "delivery_changed"))
            throw new RuleException("order_not_ready", "The order has problems that must be mended first.")
            {
                More = { ["problems"] = CartProblemResponse.Of(quote) },
            };
        return await checkout.Start(http, db, null, caller.AccountId, contact, quote, request.Payments ?? [], ReturnUrl.Checked(request.ReturnUrl), ct);
    }
}

/// <summary>An order in one request.</summary>
/// <param name="Lines">What is bought, 1 to 500.</param>
/// <param name="Contact">Who buys and where it goes.</param>
/// <param name="ContactId">The same, as a contact that the account keeps.</param>
/// <param name="Delivery">How sellers send it; a seller that is not named uses the cheapest way.</param>
/// <param name="Coupons">Coupon codes, at most 5.</param>
/// <param name="Payments">How it is paid; together they reach the total.</param>
/// <param name="ReturnUrl">Where a payment that redirects sends the browser afterwards.</param>
public sealed record PlaceOrderRequest(
    [MinLength(1), MaxLength(Cart.LinesMax)] IReadOnlyList<LineRequest> Lines,
    ContactRequest? Contact = null,
    Guid? ContactId = null,
    [MaxLength(Cart.LinesMax)] IReadOnlyList<DeliveryRequest>? Delivery = null,
    [MaxLength(Cart.CouponsMax)] IReadOnlyList<string>? Coupons = null,
    [MaxLength(PaymentRequest.CountMax)] IReadOnlyList<PaymentRequest>? Payments = null,
    [StringLength(2000)] string? ReturnUrl = null);

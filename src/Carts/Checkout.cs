using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Souk.Carts.Domain;
using Souk.Carts.Features;
using Souk.Contracts.Carts;
using Souk.Contracts.Orders;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts;

/// <summary>
/// Starts a checkout: takes the limited coupons, keeps the contact, says <see cref="CheckoutStarted" />, and lets the request
/// wait for what becomes of it. All of it is one commit, together with the running idempotency record.
/// </summary>
internal sealed class Checkout(Customers customers, GuestTokens tokens, CallerNetwork networks)
{
    /// <summary>Starts it. The order gets the id under which the answer of the request comes.</summary>
    public async Task<IResult> Start(
        HttpContext http, CartsDb db, CartOwner? cart, Guid? accountId, ContactCard contact, Quote quote,
        IReadOnlyList<PaymentRequest> payments, string? returnUrl, CancellationToken ct)
    {
        var orderId = Answer.Id(http);
        var started = Started(orderId, cart?.CartId, accountId, contact, quote,
            PaymentRequest.Split(payments, quote.TotalMinor, quote.Currency, networks.Of(http)), returnUrl);
        await TakeLimited(db, orderId, quote, customers.Name(accountId, contact)!, ct);
        db.Run(CartSql.KeepContact, orderId, Pg.Uuid(accountId), Pg.Uuid(cart?.CartId), Pg.Jsonb(JsonSerializer.Serialize(contact, Json.Events)));
        db.Publish(started);
        var token = accountId is null ? tokens.Order(orderId) : null;
        return Answer.Later(TypedResults.Accepted($"/orders/{orderId}", new OrderAcceptedResponse(orderId, "pending", token)));
    }

    private static CheckoutStarted Started(
        Guid orderId, Guid? cartId, Guid? accountId, ContactCard contact, Quote quote, PaymentIntent[] payments, string? returnUrl) => new(
        OrderId: orderId,
        CartId: cartId,
        AccountId: accountId,
        ContactId: orderId,
        contact.Shipping.Country,
        contact.Shipping.Postcode ?? "",
        quote.Currency,
        quote.PricesIncludeTax,
        [.. quote.Lines.Select(Line)],
        Parts(quote),
        quote.TotalMinor,
        payments,
        [.. quote.Promotions.Select(applied => applied.Promotion.Code).OfType<string>()],
        returnUrl);

    /// <summary>The parts of a quote that can be bought, as an order has them.</summary>
    public static OrderedPart[] Parts(Quote quote) =>
    [
        .. quote.Parts.Select(part => new OrderedPart(
            PartId: Guid.CreateVersion7(), CompanyId: part.CompanyId, DeliveryMethodId: part.Method!.Id,
            part.Method.Name)),
    ];

    /// <summary>A line of a quote, as an order has it.</summary>
    public static OrderedLine Line(QuotedLine line) => new(
        LineId: Guid.CreateVersion7(),
        OfferId: line.Offer.Id,
        ProductId: line.Offer.ProductId,
        VariantId: line.Offer.VariantId,
        CompanyId: line.Offer.CompanyId,
        ShopId: line.Offer.ShopId,
        line.Offer.Sku,
        line.Offer.Title,
        line.Quantity,
        UnitPriceMinor: line.Offer.PriceMinor,
        DiscountMinor: line.DiscountMinor,
        DiscountByMarketplaceMinor: line.DiscountByMarketplaceMinor,
        DeliveryMinor: line.DeliveryMinor,
        TaxMinor: line.TaxMinor,
        TotalMinor: line.TotalMinor,
        line.Offer.TaxCategory,
        line.Offer.CategoryIds,
        line.DeliveryDiscountByMarketplaceMinor);

    // Most checkouts have no limited promotion and ask nothing here.
    private static async Task TakeLimited(CartsDb db, Guid orderId, Quote quote, string customer, CancellationToken ct)
    {
        Promotion[] limited = [.. quote.Promotions.Select(applied => applied.Promotion).Where(promotion => promotion.IsLimited).OrderBy(promotion => promotion.Id)];
        if (limited.Length == 0)
            return;
        Promotion[] perCustomer = [.. limited.Where(promotion => promotion.CustomerLimit is not null)];
        Promotion[] unique = [.. limited.Where(promotion => promotion.HasUniqueCodes)];
        var (taken, codes) = (new HashSet<Guid>(), new HashSet<string>(StringComparer.Ordinal));
        db.Ask(CouponSql.Take, reader =>
        {
            while (reader.Read())
                taken.Add(reader.GetGuid(0));
        }, limited.Select(promotion => promotion.Id).ToArray(), Pg.Bigints([.. limited.Select(promotion => promotion.UsesMax)]));
        if (unique.Length > 0)
            db.Ask(CouponSql.TakeCodes, reader =>
            {
                while (reader.Read())
                    codes.Add(reader.GetString(0));
            }, orderId, unique.Select(promotion => promotion.Code!).ToArray());
        var takenByCustomer = await db.Query(
            CouponSql.TakeForCustomer, reader => reader.GetGuid(0), ct,
            perCustomer.Select(promotion => promotion.Id).ToArray(),
            perCustomer.Select(promotion => promotion.CustomerLimit!.Value).ToArray(), customer);
        foreach (var promotion in limited)
            if (!taken.Contains(promotion.Id)
                || (promotion.HasUniqueCodes && !codes.Contains(promotion.Code!))
                || (promotion.CustomerLimit is not null && !takenByCustomer.Contains(promotion.Id)))
                throw UsedUp(promotion);
        db.Run(
            CouponSql.Record, orderId, limited.Select(promotion => promotion.Id).ToArray(), customer,
            Pg.Texts([.. limited.Select(promotion => promotion.HasUniqueCodes ? promotion.Code : null)]));
    }

    private static RuleException UsedUp(Promotion promotion) => new("coupon_used_up", promotion.Code is null
        ? "A promotion of this cart has just been used up. Look at the new quote."
        : "The coupon cannot be used any more. Take it out of the cart and look at the new quote.")
    {
        More = { ["coupon"] = promotion.Code, ["promotion_id"] = promotion.Id },
    };
}

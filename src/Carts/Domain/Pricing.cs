using Souk.Platform.Http;

namespace Souk.Carts.Domain;

/// <summary>
/// Makes quotes; the only place that prices. Per line: items less discount, plus delivery, plus tax where prices exclude it.
/// Every amount is fixed on a line, so parts and total are sums and agree to the minor unit.
/// </summary>
internal static class Pricing
{
    public static Quote Quote(Basket basket, Rules rules, string defaultCurrency)
    {
        try
        {
            return Make(basket, rules, defaultCurrency);
        }
        catch (OverflowException)
        {
            throw RuleException.Invalid("/lines", "amount_too_large", "The amounts are too large to add up. Order fewer pieces.");
        }
    }

    private static Quote Make(Basket basket, Rules rules, string defaultCurrency)
    {
        var problems = new List<QuoteProblem>();
        var lines = Lines(basket, problems);
        var currency = lines.Count > 0 ? lines[0].Offer.Currency : defaultCurrency;
        var applied = TakeDiscounts(basket, rules, lines, problems);
        var parts = lines.GroupBy(line => line.Offer.CompanyId).Select(part => new QuotedPart(part.Key, [.. part])).ToArray();

        if (lines.Count > 0 && basket.Contact is null)
            problems.Add(new("address_needed", "Say who buys and where it goes: PUT /cart with a contact.", Blocks: true));
        if (basket.Contact is { Shipping: var address })
        {
            foreach (var part in parts)
                ChooseDelivery(part, basket, rules, currency, problems);
            foreach (var part in parts)
                foreach (var line in part.Lines)
                    line.TaxMinor = Tax(line.ItemsMinor - line.DiscountMinor, rules.TaxPercent(address.Country, line.Offer.TaxCategory), rules)
                        + (part.Method is null ? 0 : Tax(line.DeliveryMinor, rules.TaxPercent(address.Country, part.Method.TaxCategory), rules));
        }
        foreach (var line in lines)
            line.TotalMinor = checked(
                line.ItemsMinor - line.DiscountMinor + line.DeliveryMinor + (rules.PricesIncludeTax ? 0 : line.TaxMinor));

        var quote = new Quote("", currency, rules.PricesIncludeTax, lines, parts, applied, problems);
        return quote with { Id = QuoteId.Of(quote, basket) };
    }

    private static List<QuotedLine> Lines(Basket basket, List<QuoteProblem> problems)
    {
        var lines = new List<QuotedLine>(basket.Lines.Count);
        foreach (var (offerId, quantity, seen, offer) in basket.Lines)
        {
            if (offer is not { Active: true })
            {
                problems.Add(new("not_available", "This is not for sale any more. Remove the line.", OfferId: offerId, Blocks: true));
                continue;
            }
            if (lines.Count > 0 && lines[0].Offer.Currency != offer.Currency)
            {
                problems.Add(new("currency_mismatch", "A cart has one currency. Remove the line.", OfferId: offerId, Blocks: true));
                continue;
            }
            if (seen is not null && seen != offer.PriceMinor)
                problems.Add(new("price_changed", "The price is not what it was when this was put in.", OfferId: offerId));
            // Not a block: what Inventory said may be seconds old. The reservation decides.
            if (offer.Available < quantity)
                problems.Add(new("out_of_stock", $"Only {Math.Max(0, offer.Available.Value)} of these are left.", OfferId: offerId));
            lines.Add(new QuotedLine(offer, quantity, checked(offer.PriceMinor * quantity)));
        }
        return lines;
    }

    private static List<AppliedPromotion> TakeDiscounts(Basket basket, Rules rules, List<QuotedLine> lines, List<QuoteProblem> problems)
    {
        var applied = new List<AppliedPromotion>();
        foreach (var promotion in rules.Automatic)
            Take(promotion);
        foreach (var code in basket.Coupons)
        {
            var found = basket.Promotions.FirstOrDefault(coupon => coupon.Promotion.Code == code);
            if (found is null || found.Used >= found.Promotion.UsesMax || !Take(found.Promotion))
                problems.Add(new("coupon_not_valid", "The coupon does not apply to this cart now.", Coupon: code));
        }
        return applied;

        bool Take(Promotion promotion)
        {
            if (!promotion.RunsAt(basket.Now))
                return false;
            QuotedLine[] eligible = [.. lines.Where(line => promotion.Covers(line.Offer))];
            long items = 0;
            var left = new long[eligible.Length];
            for (var i = 0; i < eligible.Length; i++)
            {
                items = checked(items + eligible[i].ItemsMinor);
                left[i] = eligible[i].ItemsMinor - eligible[i].DiscountMinor;
            }
            if (items < promotion.MinimumMinor)
                return false;
            var leftSum = left.Sum();
            var discount = promotion.Percent is { } percent ? Round(leftSum * (percent / 100)) : Math.Min(promotion.AmountMinor!.Value, leftSum);
            if (discount == 0)
                return false;

            var shares = Shares.Of(discount, left);
            for (var i = 0; i < eligible.Length; i++)
            {
                eligible[i].DiscountMinor += shares[i];
                if (promotion.ByMarketplace)
                    eligible[i].DiscountByMarketplaceMinor += shares[i];
            }
            applied.Add(new AppliedPromotion(promotion, discount));
            return true;
        }
    }

    private static void ChooseDelivery(QuotedPart part, Basket basket, Rules rules, string currency, List<QuoteProblem> problems)
    {
        var address = basket.Contact!.Shipping;
        var chosen = basket.Delivery.FirstOrDefault(choice => choice.CompanyId == part.CompanyId);
        DeliveryMethod? cheapest = null;
        var cheapestMinor = long.MaxValue;
        foreach (var method in rules.Methods(part.CompanyId, address.Country, address.Postcode, currency))
        {
            if (method.Id == chosen.MethodId)
            {
                SetDelivery(part, method);
                return;
            }
            var minor = Delivery(part, method);
            if (minor < cheapestMinor || (minor == cheapestMinor && method.Id.CompareTo(cheapest!.Id) < 0))
                (cheapest, cheapestMinor) = (method, minor);
        }
        if (cheapest is null)
        {
            problems.Add(new("no_delivery", "This seller does not deliver to that address.", CompanyId: part.CompanyId, Blocks: true));
            return;
        }
        if (chosen.MethodId != Guid.Empty)
            problems.Add(new("delivery_changed", "The chosen delivery is not offered any more; the cheapest took its place.", CompanyId: part.CompanyId));
        SetDelivery(part, cheapest);
    }

    /// <summary>What sending the part this way costs.</summary>
    public static long Delivery(QuotedPart part, DeliveryMethod method)
    {
        if (method.FreeFromMinor is { } free && part.ItemsMinor - part.DiscountMinor >= free)
            return 0;
        var minor = method.BaseMinor;
        foreach (var line in part.Lines)
            minor = checked(minor + PerPiece(line, method));
        return minor;
    }

    private static void SetDelivery(QuotedPart part, DeliveryMethod method)
    {
        part.Method = method;
        if (Delivery(part, method) == 0)
            return;
        // What pieces cost stays with their lines; the base is shared by what the lines are worth.
        var shares = Shares.Of(method.BaseMinor, [.. part.Lines.Select(line => line.ItemsMinor - line.DiscountMinor)]);
        for (var i = 0; i < part.Lines.Length; i++)
            part.Lines[i].DeliveryMinor = checked(PerPiece(part.Lines[i], method) + shares[i]);
    }

    private static long PerPiece(QuotedLine line, DeliveryMethod method) =>
        checked((line.Offer.DeliveryFeeMinor ?? method.PerItemMinor) * line.Quantity);

    private static long Tax(long minor, decimal percent, Rules rules) =>
        percent == 0 || minor == 0 ? 0
        : rules.PricesIncludeTax ? Round(minor * percent / (100 + percent))
        : Round(minor * percent / 100);

    private static long Round(decimal minor) => (long)Math.Round(minor, MidpointRounding.AwayFromZero);
}

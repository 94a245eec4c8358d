using Souk.Contracts.Carts;
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
        var parts = lines.GroupBy(line => line.Offer.CompanyId).Select(part => new QuotedPart(part.Key, [.. part])
        {
            JoinsMinor = basket.Joins.TryGetValue(part.Key, out var joins) ? joins : null,
        }).ToArray();
        var discounts = new Discounts(basket, rules, lines);
        discounts.TakeItems();

        if (lines.Count > 0 && basket.Contact is null)
            problems.Add(new("address_needed", "Say who buys and where it goes: PUT /cart with a contact.", Blocks: true));
        if (basket.Contact is { Shipping: var address })
        {
            foreach (var part in parts)
                ChooseDelivery(part, basket, rules, currency, problems);
            // Without an address there is no delivery to take anything off: what is to come is no problem yet.
            discounts.TakeDelivery();
            foreach (var part in parts)
                SetTaxes(part, address, rules);
        }
        problems.AddRange(discounts.Problems());
        foreach (var line in lines)
            line.TotalMinor = checked(
                line.ItemsMinor - line.DiscountMinor + line.DeliveryMinor + (rules.PricesIncludeTax ? 0 : line.TaxMinor));

        var quote = new Quote("", currency, rules.PricesIncludeTax, lines, parts, discounts.Applied, problems);
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
            lines.Add(new QuotedLine(offer, quantity, checked(offer.PriceMinor * quantity), seen));
        }
        return lines;
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

    /// <summary>What sending the part this way costs, before any discount of it.</summary>
    public static long Delivery(QuotedPart part, DeliveryMethod method)
    {
        if (IsFree(part, method))
            return 0;
        var minor = checked(Base(part, method) + Weight(part, method));
        foreach (var line in part.Lines)
            minor = checked(minor + PerPiece(line, method));
        return minor;
    }

    private static bool IsFree(QuotedPart part, DeliveryMethod method) =>
        method.FreeFromMinor is { } free && part.ItemsMinor - part.DiscountMinor + (part.JoinsMinor ?? 0) >= free;

    private static long Base(QuotedPart part, DeliveryMethod method) => part.JoinsMinor is null ? method.BaseMinor : 0;

    private static void SetDelivery(QuotedPart part, DeliveryMethod method)
    {
        part.Method = method;
        part.IsFree = IsFree(part, method);
        if (Delivery(part, method) == 0)
            return;
        // What pieces cost stays with their lines; the base is shared by what the lines are worth, the weight by what they weigh.
        var bases = Shares.Of(Base(part, method), [.. part.Lines.Select(line => line.ItemsMinor - line.DiscountMinor)]);
        var weights = Weight(part, method) is > 0 and var weight ? Shares.Of(weight, [.. part.Lines.Select(Grams)]) : null;
        for (var i = 0; i < part.Lines.Length; i++)
            part.Lines[i].SetDelivery(bases[i], PerPiece(part.Lines[i], method), weights?[i] ?? 0);
    }

    private static long PerPiece(QuotedLine line, DeliveryMethod method) =>
        checked((line.Offer.DeliveryFeeMinor ?? method.PerItemMinor) * line.Quantity);

    // By the kilogram that has begun, as carriers count.
    private static long Weight(QuotedPart part, DeliveryMethod method) =>
        method.PerKgMinor == 0 ? 0 : checked((part.Lines.Sum(Grams) + 999) / 1000 * method.PerKgMinor);

    private static long Grams(QuotedLine line) => (long)(line.Offer.WeightGrams ?? 0) * line.Quantity;

    private static void SetTaxes(QuotedPart part, PostalAddress address, Rules rules)
    {
        foreach (var line in part.Lines)
        {
            line.ItemsTaxPercent = rules.TaxPercent(address.Country, address.Region, line.Offer.TaxCategory);
            line.ItemsTaxMinor = Tax(line.ItemsMinor - line.DiscountMinor, line.ItemsTaxPercent, rules);
            if (part.Method is null)
                continue;
            line.DeliveryTaxPercent = rules.TaxPercent(address.Country, address.Region, part.Method.TaxCategory);
            line.DeliveryTaxMinor = Tax(line.DeliveryMinor, line.DeliveryTaxPercent, rules);
        }
    }

    private static long Tax(long minor, decimal percent, Rules rules) =>
        percent == 0 || minor == 0 ? 0
        : rules.PricesIncludeTax ? Round(minor * percent / (100 + percent))
        : Round(minor * percent / 100);

    /// <summary>Whole minor units, half away from zero.</summary>
    public static long Round(decimal minor) => (long)Math.Round(minor, MidpointRounding.AwayFromZero);
}

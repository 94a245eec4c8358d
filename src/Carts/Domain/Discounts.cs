namespace Souk.Carts.Domain;

/// <summary>
/// What promotions take off a basket: one after another, each from what the former left, so that no line goes below zero.
/// Those of higher priority come first; then those without a code, the oldest first; then the coupons in the order given.
/// An exclusive one takes only lines that no other has taken something off, and after it no other does.
/// </summary>
internal sealed class Discounts(Basket basket, Rules rules, IReadOnlyList<QuotedLine> lines)
{
    private readonly List<Candidate> candidates = Candidates(basket, rules, lines);
    private readonly List<AppliedPromotion> applied = [];

    /// <summary>What took something off.</summary>
    public IReadOnlyList<AppliedPromotion> Applied => applied;

    /// <summary>Takes what is off the items; before the delivery is priced, because that may be free from an amount of items.</summary>
    public void TakeItems() => Take(ofDelivery: false);

    /// <summary>Takes what is off the delivery, once that is priced.</summary>
    public void TakeDelivery() => Take(ofDelivery: true);

    /// <summary>The coupons that took nothing off, each with the reason.</summary>
    public IEnumerable<QuoteProblem> Problems() => candidates.Where(candidate => candidate is { Code: not null, Refusal: not null })
        .OrderBy(candidate => candidate.Position)
        .Select(candidate => new QuoteProblem("coupon_not_valid", candidate.Refusal!, Coupon: candidate.Code));

    private static List<Candidate> Candidates(Basket basket, Rules rules, IReadOnlyList<QuotedLine> lines)
    {
        var found = new List<Candidate>();
        foreach (var promotion in rules.Automatic(lines.Select(line => line.Offer.CompanyId)))
            found.Add(new Candidate(promotion, null, promotion.DependsOnUse
                ? basket.Asked.FirstOrDefault(asked => asked.Promotion.Id == promotion.Id && asked.Promotion.Code is null)
                : new AskedPromotion(promotion), found.Count));
        foreach (var code in basket.Coupons)
        {
            var asked = basket.Asked.FirstOrDefault(asked => asked.Promotion.Code == code);
            found.Add(new Candidate(asked?.Promotion, code, asked, found.Count));
        }
        return found.Count < 2 ? found : [.. found.OrderByDescending(candidate => candidate.Promotion?.Priority ?? 0)];
    }

    private void Take(bool ofDelivery)
    {
        foreach (var candidate in candidates)
            if ((candidate.Promotion?.Kind == PromotionKind.Delivery) == ofDelivery)
                candidate.Refusal = candidate is { Promotion: { } promotion, Asked: { } asked }
                    ? Refusal(promotion, asked) ?? Take(promotion)
                    : "There is no such coupon. Look at how it is written.";
    }

    private string? Refusal(Promotion promotion, AskedPromotion asked) =>
        !promotion.RunsAt(basket.Now) ? "It does not run now."
        : asked.CodeIsUsed || asked.Used >= promotion.UsesMax ? "It is used up."
        : asked.UsedByCustomer >= promotion.CustomerLimit ? "You have used it as often as one customer may."
        : !asked.IsInGroup ? "It is for a group of customers. Sign in if you are one of them."
        : promotion.FirstOrder && (basket.AccountId is null || asked.HasOrdered)
            ? "It is for the first order of an account. Sign in if this is yours."
        : applied.Any(other => other.Promotion.Id == promotion.Id) ? "It is in the cart already, by another code."
        : null;

    // Null when something was taken off, else why not.
    private string? Take(Promotion promotion)
    {
        QuotedLine[] covered = [.. lines.Where(line => promotion.Covers(line.Offer))];
        if (covered.Length == 0)
            return "Nothing in the cart is among what it is for.";
        long items = 0;
        foreach (var line in covered)
            items = checked(items + line.ItemsMinor);
        if (items < promotion.MinimumMinor)
            return "What it is for does not reach its minimum. Put more of that in.";
        QuotedLine[] open = [.. covered.Where(line => IsOpen(line, promotion))];
        if (open.Length == 0)
            return "It cannot be combined with what applies already.";

        var (reduced, shares) = promotion.Kind switch
        {
            PromotionKind.Item => (open, OffItems(promotion, open)),
            PromotionKind.Delivery => (open, OffTogether(promotion, [.. open.Select(line => line.DeliveryMinor)])),
            PromotionKind.BuyXGetY => OffGiven(promotion, open),
            _ => (open, OffTogether(promotion, [.. open.Select(Left)])),
        };
        var discount = shares.Sum();
        if (discount == 0)
            return "There is nothing for it to take off.";
        for (var i = 0; i < reduced.Length; i++)
            if (shares[i] > 0)
                reduced[i].TakeOff(promotion, shares[i]);
        applied.Add(new AppliedPromotion(promotion, discount, reduced, shares));
        return null;
    }

    private static bool IsOpen(QuotedLine line, Promotion promotion) =>
        !line.IsClosed && !(promotion.Exclusive && line.IsReduced);

    private static long Left(QuotedLine line) => line.ItemsMinor - line.DiscountMinor;

    private static long[] OffTogether(Promotion promotion, long[] left)
    {
        var sum = left.Sum();
        return Shares.Of(promotion.Percent is { } percent ? Of(sum, percent) : Math.Min(promotion.AmountMinor!.Value, sum), left);
    }

    private static long[] OffItems(Promotion promotion, QuotedLine[] reduced) => Array.ConvertAll(
        reduced, line => promotion.Percent is { } percent
            ? Of(Left(line), percent)
            : Math.Min(Math.Min(promotion.AmountMinor!.Value, line.Offer.PriceMinor) * line.Quantity, Left(line)));

    // Of what is bought, or of other products; the cheapest pieces are given, as everybody does it.
    private (QuotedLine[] Reduced, long[] Shares) OffGiven(Promotion promotion, QuotedLine[] bought)
    {
        var reduced = bought;
        long given;
        if (promotion.GetProductIds.Length == 0)
        {
            given = Pieces(bought) / (promotion.BuyQuantity + promotion.GetQuantity) * promotion.GetQuantity;
        }
        else
        {
            reduced = [.. lines.Where(line => promotion.Gives(line.Offer) && IsOpen(line, promotion))];
            // What is given does not count as bought.
            given = Pieces(bought.Where(line => !promotion.Gives(line.Offer))) / promotion.BuyQuantity * promotion.GetQuantity;
        }
        var shares = new long[reduced.Length];
        foreach (var i in Enumerable.Range(0, reduced.Length).OrderBy(i => reduced[i].Offer.PriceMinor))
        {
            var pieces = Math.Min(reduced[i].Quantity, given);
            shares[i] = Math.Min(Of(reduced[i].Offer.PriceMinor * pieces, promotion.Percent!.Value), Left(reduced[i]));
            given -= pieces;
        }
        return (reduced, shares);
    }

    private static long Pieces(IEnumerable<QuotedLine> counted) => counted.Sum(line => (long)line.Quantity);

    private static long Of(long minor, decimal percent) => Pricing.Round(minor * (percent / 100));

    private sealed record Candidate(Promotion? Promotion, string? Code, AskedPromotion? Asked, int Position)
    {
        public string? Refusal { get; set; }
    }
}

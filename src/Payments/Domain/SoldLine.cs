using Souk.Contracts.Orders;

namespace Souk.Payments.Domain;

/// <summary>
/// A line of an order as the ledger sees it: what the buyer pays for it, divided among those who get it. The commission is
/// frozen here when the line is sold; refunds take back what each got.
/// </summary>
/// <remarks>
/// The marketplace collects the tax and owes it to the state (it is the deemed supplier), so tax is never in a seller's
/// balance. A discount that the marketplace pays for does not lessen what the seller gets.
/// </remarks>
internal sealed class SoldLine
{
    public required Guid LineId { get; init; }

    public required Guid CompanyId { get; init; }

    /// <summary>What the buyer pays for the line.</summary>
    public required long TotalMinor { get; init; }

    /// <summary>For the goods, net of tax, with what the marketplace adds; the commission is in it.</summary>
    public required long GoodsMinor { get; init; }

    /// <summary>For the delivery, net of tax.</summary>
    public required long DeliveryMinor { get; init; }

    public required long TaxMinor { get; init; }

    /// <summary>What the marketplace adds: its share of the discount.</summary>
    public required long DiscountMinor { get; init; }

    public required long CommissionMinor { get; init; }

    public Guid? CommissionRuleId { get; init; }

    public decimal CommissionPercent { get; init; }

    /// <summary>What went back so far, divided in the same way.</summary>
    public LineShares Refunded { get; set; }

    public long RemainingMinor => TotalMinor - Refunded.Total;

    /// <summary>The line of an order that is sold, with the commission it gets now.</summary>
    public static SoldLine Of(OrderedLine line, string currency, CommissionRates rates)
    {
        var items = checked(line.UnitPriceMinor * line.Quantity);
        // Where prices contain the tax, the delivery fee contains its part of it; otherwise the fee is net.
        var taxIsAdded = line.TotalMinor == items - line.DiscountMinor + line.DeliveryMinor + line.TaxMinor;
        var taxOnDelivery = taxIsAdded || line.TotalMinor == 0 ? 0 : Allocation.Share(line.TaxMinor, line.DeliveryMinor, line.TotalMinor);
        var delivery = line.DeliveryMinor - taxOnDelivery;
        var goods = line.TotalMinor - line.TaxMinor - delivery + line.DiscountByMarketplaceMinor;
        if (goods < 0 || delivery < 0)
            throw new InvalidOperationException($"The amounts of line {line.LineId} contradict each other.");
        // What the marketplace pays of the delivery is the seller's, but nothing was sold for it.
        var commission = rates.For(line, currency, Math.Max(0, goods - line.DeliveryDiscountByMarketplaceMinor));
        return new SoldLine
        {
            LineId = line.LineId,
            CompanyId = line.CompanyId,
            TotalMinor = line.TotalMinor,
            GoodsMinor = goods,
            DeliveryMinor = delivery,
            TaxMinor = line.TaxMinor,
            DiscountMinor = line.DiscountByMarketplaceMinor,
            CommissionMinor = commission.AmountMinor,
            CommissionRuleId = commission.RuleId,
            CommissionPercent = commission.Percent,
        };
    }

    /// <summary>What was held of the line is its owners' again.</summary>
    public void Release(LineShares shares) => Refunded += -shares;

    /// <summary>Takes everything back of a line for which the buyer paid nothing, the marketplace all. Null when that is done, or was nothing.</summary>
    public LineShares? TakeBackFree()
    {
        if (TotalMinor > 0 || DiscountMinor == 0 || Refunded.Discount > 0)
            return null;
        Refunded = new LineShares(Total: 0, GoodsMinor, DeliveryMinor, TaxMinor, DiscountMinor, CommissionMinor);
        return Refunded;
    }

    /// <summary>
    /// Gives an amount back and answers who gives how much: by largest remainder over what each still has of the line, so
    /// that nobody gives back more than they got and the last refund takes exactly the rest.
    /// </summary>
    public LineShares Refund(long amount)
    {
        if (amount <= 0 || amount > RemainingMinor)
            throw new ArgumentOutOfRangeException(nameof(amount), amount, "More than what remains of the line.");
        var discount = Allocation.Share(DiscountMinor - Refunded.Discount, amount, RemainingMinor);
        var parts = Allocation.ByLargestRemainder(amount + discount,
        [
            GoodsMinor - CommissionMinor - (Refunded.Goods - Refunded.Commission),
            CommissionMinor - Refunded.Commission,
            DeliveryMinor - Refunded.Delivery,
            TaxMinor - Refunded.Tax,
        ]);
        var back = new LineShares(Total: amount, Goods: parts[0] + parts[1], Delivery: parts[2], Tax: parts[3], Discount: discount, Commission: parts[1]);
        Refunded += back;
        return back;
    }

    /// <summary>Whether the shares still hold an amount that says what of it is for delivery and tax.</summary>
    public bool Holds(long amount, long delivery, long tax)
    {
        var (paid, marketplace) = (PaidGoodsMinor, DiscountMinor - Refunded.Discount);
        return delivery <= DeliveryMinor - Refunded.Delivery && tax <= TaxMinor - Refunded.Tax
            && amount >= delivery + tax && amount - delivery - tax <= paid && (paid > 0 || marketplace == 0);
    }

    /// <summary>
    /// Gives an amount back of which it is known what is for delivery and tax: the rest is for the goods, with the share of
    /// what the marketplace added and of the commission.
    /// </summary>
    public LineShares Refund(long amount, long delivery, long tax)
    {
        var (paid, remaining) = (amount - delivery - tax, GoodsMinor - Refunded.Goods);
        var discount = paid == 0 ? 0 : Allocation.Share(DiscountMinor - Refunded.Discount, paid, PaidGoodsMinor);
        var goods = paid + discount;
        var commission = goods == 0 ? 0 : Allocation.Share(CommissionMinor - Refunded.Commission, goods, remaining);
        var back = new LineShares(amount, goods, delivery, tax, discount, commission);
        Refunded += back;
        return back;
    }

    // What the buyer paid for the goods, net of tax, and did not get back.
    private long PaidGoodsMinor => GoodsMinor - Refunded.Goods - (DiscountMinor - Refunded.Discount);
}

/// <summary>An amount of a line, divided: total + discount = goods + delivery + tax; the commission is in the goods.</summary>
internal readonly record struct LineShares(long Total, long Goods, long Delivery, long Tax, long Discount, long Commission)
{
    public static LineShares operator -(LineShares a) =>
        new(-a.Total, -a.Goods, -a.Delivery, -a.Tax, -a.Discount, -a.Commission);

    public static LineShares operator +(LineShares a, LineShares b) => new(
        a.Total + b.Total, a.Goods + b.Goods, a.Delivery + b.Delivery, a.Tax + b.Tax, a.Discount + b.Discount, a.Commission + b.Commission);
}

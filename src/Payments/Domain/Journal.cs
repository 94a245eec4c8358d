namespace Souk.Payments.Domain;

/// <summary>The accounts of the ledger. Debit is positive; every journal sums to zero.</summary>
internal static class Accounts
{
    public const string GatewayClearing = "gateway_clearing";
    public const string CustomerReceivable = "customer_receivable";
    public const string SellerPayable = "seller_payable";
    public const string Delivery = "delivery";
    public const string CommissionRevenue = "commission_revenue";
    public const string TaxPayable = "tax_payable";
    public const string Refunds = "refunds";
    public const string MarketplaceDiscounts = "marketplace_discounts";
    public const string Payouts = "payouts";
    public const string Bank = "bank";
}

/// <summary>One line of a journal.</summary>
internal readonly record struct Entry(string Account, Guid? CompanyId, long AmountMinor);

/// <summary>What happened to money, in double entry; posted once for its kind and source.</summary>
internal sealed class Journal(Guid orderId, string kind, Guid sourceId)
{
    /// <summary>The order it belongs to; of a payout the payout.</summary>
    public Guid OrderId { get; } = orderId;

    public string Kind { get; } = kind;

    public Guid SourceId { get; } = sourceId;

    public List<Entry> Entries { get; } = [];

    /// <summary>The gateway handed over a payment: the buyer owes that much less.</summary>
    public static Journal Capture(Payment payment) => new Journal(payment.OrderId, "capture", payment.Id)
        .Debit(Accounts.GatewayClearing, payment.AmountMinor)
        .Credit(Accounts.CustomerReceivable, payment.AmountMinor);

    /// <summary>An order that is paid: the buyer's debt for it, and who gets it.</summary>
    public static Journal Sale(Guid orderId, IEnumerable<SoldLine> lines) => new Journal(orderId, "sale", orderId).Divide(
        lines.Select(line => (line.CompanyId, new LineShares(
            line.TotalMinor, line.GoodsMinor, line.DeliveryMinor, line.TaxMinor, line.DiscountMinor, line.CommissionMinor))),
        buyer: Accounts.CustomerReceivable, sign: 1);

    /// <summary>A refund was granted: everybody gives back their share, and it is owed to the buyer.</summary>
    public static Journal Refund(Guid orderId, Guid refundId, IEnumerable<(Guid CompanyId, LineShares Shares)> back) =>
        new Journal(orderId, "refund", refundId).Divide(back, buyer: Accounts.Refunds, sign: -1);

    /// <summary>The refund of an order that was captured but never became a sale: only the buyer had a share in it.</summary>
    public static Journal RefundOfNoSale(Guid orderId, Guid refundId, long amount) => new Journal(orderId, "refund", refundId)
        .Debit(Accounts.CustomerReceivable, amount)
        .Credit(Accounts.Refunds, amount);

    /// <summary>The gateway paid a refund, or a part of it, to the buyer.</summary>
    public static Journal RefundPaid(Guid orderId, Guid operationId, long amount) => new Journal(orderId, "refund_paid", operationId)
        .Debit(Accounts.Refunds, amount)
        .Credit(Accounts.GatewayClearing, amount);

    /// <summary>A payout is asked for: what is owed is set aside for it.</summary>
    public static Journal Payout(Payout payout) => OfPayout(payout, "payout")
        .Debit(Accounts.SellerPayable, payout.GoodsMinor, payout.CompanyId)
        .Debit(Accounts.Delivery, payout.DeliveryMinor, payout.CompanyId)
        .Credit(Accounts.Payouts, payout.AmountMinor, payout.CompanyId);

    /// <summary>A payout left the marketplace's account.</summary>
    public static Journal PayoutSent(Payout payout) => OfPayout(payout, "payout_sent")
        .Debit(Accounts.Payouts, payout.AmountMinor, payout.CompanyId)
        .Credit(Accounts.Bank, payout.AmountMinor);

    /// <summary>A payout came to nothing: its money, in the bank's hands or set aside, is owed again.</summary>
    public static Journal PayoutUndone(Payout payout)
    {
        var wasSent = payout.Status == PayoutStatus.Sent;
        return OfPayout(payout, "payout_undone")
            .Debit(wasSent ? Accounts.Bank : Accounts.Payouts, payout.AmountMinor, wasSent ? null : payout.CompanyId)
            .Credit(Accounts.SellerPayable, payout.GoodsMinor, payout.CompanyId)
            .Credit(Accounts.Delivery, payout.DeliveryMinor, payout.CompanyId);
    }

    private static Journal OfPayout(Payout payout, string kind) => new(orderId: payout.Id, kind, sourceId: payout.Id);

    private Journal Divide(IEnumerable<(Guid CompanyId, LineShares Shares)> lines, string buyer, int sign)
    {
        var all = new LineShares();
        var companies = new SortedDictionary<Guid, LineShares>();
        foreach (var (companyId, shares) in lines)
        {
            all += shares;
            companies[companyId] = companies.GetValueOrDefault(companyId) + shares;
        }
        Debit(buyer, sign * all.Total).Debit(Accounts.MarketplaceDiscounts, sign * all.Discount);
        foreach (var (companyId, shares) in companies)
            Credit(Accounts.SellerPayable, sign * (shares.Goods - shares.Commission), companyId)
                .Credit(Accounts.Delivery, sign * shares.Delivery, companyId);
        return Credit(Accounts.CommissionRevenue, sign * all.Commission).Credit(Accounts.TaxPayable, sign * all.Tax);
    }

    private Journal Debit(string account, long amount, Guid? companyId = null)
    {
        if (amount != 0)
            Entries.Add(new Entry(account, companyId, amount));
        return this;
    }

    private Journal Credit(string account, long amount, Guid? companyId = null) => Debit(account, -amount, companyId);
}

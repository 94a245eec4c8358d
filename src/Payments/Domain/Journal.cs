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
    public const string Disputes = "disputes";
    public const string DisputeLosses = "dispute_losses";
    public const string GatewayFees = "gateway_fees";
    public const string Unreconciled = "unreconciled";
    public const string ReconciliationDifferences = "reconciliation_differences";
}

/// <summary>One line of a journal.</summary>
internal readonly record struct Entry(string Account, Guid? CompanyId, long AmountMinor);

/// <summary>What happened to money, in double entry; posted once for its kind and source.</summary>
internal sealed class Journal(Guid orderId, string kind, Guid sourceId)
{
    /// <summary>The order it belongs to; of a payout or settlement that itself.</summary>
    public Guid OrderId { get; } = orderId;

    public string Kind { get; } = kind;

    public Guid SourceId { get; } = sourceId;

    public List<Entry> Entries { get; } = [];

    /// <summary>Whether journals of a kind belong to orders.</summary>
    public static bool IsOfAnOrder(string kind) =>
        !kind.StartsWith("payout", StringComparison.Ordinal)
            && !kind.StartsWith("settlement", StringComparison.Ordinal);

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

    /// <summary>A dispute was opened: everybody's share of it is held.</summary>
    public static Journal Dispute(Dispute dispute) => OfDispute(dispute, "dispute").Divide(
        dispute.Lines.Select(line => (line.CompanyId, line.Shares)), buyer: Accounts.Disputes, sign: -1);

    /// <summary>A dispute was won: what was held is theirs again.</summary>
    public static Journal DisputeWon(Dispute dispute) => OfDispute(dispute, "dispute_won").Divide(
        dispute.Lines.Select(line => (line.CompanyId, line.Shares)), buyer: Accounts.Disputes, sign: 1);

    /// <summary>A dispute was lost: the gateway gave the buyer what was held, and what had gone back before once more.</summary>
    public static Journal DisputeLost(Dispute dispute) => OfDispute(dispute, "dispute_lost")
        .Debit(Accounts.Disputes, dispute.HeldMinor)
        .Debit(Accounts.DisputeLosses, dispute.AmountMinor - dispute.HeldMinor)
        .Credit(Accounts.GatewayClearing, dispute.AmountMinor);

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

    /// <summary>A gateway settled: the money is in the bank, less its fees; what was not found is nobody's yet.</summary>
    public static Journal Settlement(Settlement settlement)
    {
        var matched = settlement.Matched.Sum(line => line.SignedMinor);
        return new Journal(orderId: settlement.Id, "settlement", sourceId: settlement.Id)
            .Debit(Accounts.Bank, settlement.GrossMinor - settlement.FeesMinor)
            .Debit(Accounts.GatewayFees, settlement.FeesMinor)
            .Credit(Accounts.GatewayClearing, matched)
            .Credit(Accounts.Unreconciled, settlement.GrossMinor - matched);
    }

    /// <summary>A difference is accepted: what the gateway said stands for what the ledger expected.</summary>
    public static Journal Accepted(Guid settlementId, Guid exceptionId, long saidMinor, long expectedMinor) =>
        new Journal(orderId: settlementId, "settlement_accepted", sourceId: exceptionId)
            .Debit(Accounts.Unreconciled, saidMinor)
            .Debit(Accounts.ReconciliationDifferences, expectedMinor - saidMinor)
            .Credit(Accounts.GatewayClearing, expectedMinor);

    private static Journal OfDispute(Dispute dispute, string kind) => new(dispute.OrderId, kind, sourceId: dispute.Id);

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

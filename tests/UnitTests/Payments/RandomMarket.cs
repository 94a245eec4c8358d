using Souk.Payments.Domain;
using Souk.Payments.Gateways;

namespace Souk.UnitTests.Payments;

/// <summary>A few sellers and their orders, and everything that may happen to their money; it checks itself after each step.</summary>
internal sealed class RandomMarket
{
    private const int StepsMax = 30;
    private readonly Random random;
    private readonly Guid[] sellers = [.. Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7())];
    private readonly string currency;
    private readonly List<OrderMoney> orders = [];

    // What payouts took of each delivered part: as the table of earnings.
    private readonly Dictionary<(OrderMoney Order, Guid Seller), (long Goods, long Delivery)> paid = [];
    private readonly Dictionary<Payout, List<PayoutItem>> items = [];

    // The gateway's own books.
    private readonly List<(OrderMoney Order, GatewayDispute Dispute)> disputes = [];

    public RandomMarket(Random random)
    {
        this.random = random;
        currency = RandomOrders.Make(random).Currency;
    }

    public int Steps { get; private set; }

    public int Owing { get; private set; }

    public IReadOnlyCollection<Payout> Payouts => items.Keys;

    /// <summary>The ledger: the fold of every journal.</summary>
    public Dictionary<(string Account, Guid? Seller), long> Books { get; } = [];

    public void Live()
    {
        Sell();
        for (Steps = 1; Steps < StepsMax; Steps++)
        {
            switch (random.Next(10))
            {
                case 0: Sell(); break;
                case 1 or 2: Deliver(); break;
                case 3: Refund(); break;
                case 4 or 5: PayOut(Any(sellers)); break;
                case 6: Dispute(); break;
                case 7: DecideDispute(); break;
                default: Move(); break;
            }
            Agree();
        }
    }

    private void Sell()
    {
        var (_, lines) = RandomOrders.Make(random);
        lines = [.. lines.Select(line => line with { CompanyId = Any(sellers) })];
        var rates = RandomOrders.Rates(random, currency, lines);
        var order = new OrderMoney { OrderId = Guid.CreateVersion7(), Currency = currency,
            TotalMinor = lines.Sum(l => l.TotalMinor) };
        order.Lines.AddRange(lines.Select(line => SoldLine.Of(line, currency, rates)));
        if (order.TotalMinor > 0)
            order.Payments.Add(new Payment
            {
                Id = Guid.CreateVersion7(), OrderId = order.OrderId, Method = "card", Gateway = "simulator",
                Currency = currency,
                AmountMinor = order.TotalMinor,
            });
        else
            order.State = OrderState.Authorized;
        Answer(order, OperationKind.Authorize, GatewayOutcome.Authorized);
        order.Confirm();
        Answer(order, OperationKind.Capture, GatewayOutcome.Captured);
        Assert.True(order.Sold);
        orders.Add(order);
        Book(order);
    }

    private void Refund()
    {
        var order = Any(orders);
        var seller = random.Next(2) == 0 ? Any(sellers) : (Guid?)null;
        var most = seller is null ? order.RefundableMinor
            : Math.Min(order.RefundableMinor, order.RemainingMinor(seller));
        if (most == 0)
            return;
        order.GiveBack(random.Next(3) == 0 ? most : random.NextInt64(1, most + 1), seller, "test", accountId: null);
        foreach (var operation in order.Changes.Operations.Where(o => o.Kind == OperationKind.Refund).ToArray())
        {
            order.Changes.Operations.Remove(operation);
            order.Apply(operation, new GatewayAnswer(GatewayOutcome.Refunded), captureTriesMax: 6);
        }
        Book(order);
    }

    private void Dispute()
    {
        var order = Any(orders);
        if (order.Payments is not [var payment])
            return;
        disputes.Add((order, new GatewayDispute(
            $"dp_{disputes.Count}", DisputeStatus.Open, random.NextInt64(1, payment.AmountMinor + 1), currency,
            "fraudulent", null)));
        Tell(order);
    }

    private void DecideDispute()
    {
        if (disputes.Count == 0)
            return;
        var at = random.Next(disputes.Count);
        var (order, dispute) = disputes[at];
        if (dispute.Status == DisputeStatus.Open)
            disputes[at] = (order, dispute with { Status = random.Next(2) == 0 ? DisputeStatus.Won
                : DisputeStatus.Lost });
        Tell(order);
    }

    // What the gateway has in its books is told whole, and sometimes twice.
    private void Tell(OrderMoney order)
    {
        var payment = order.Payments[0];
        var answer = new GatewayAnswer(GatewayOutcome.Disputed)
        {
            Disputes = [.. disputes.Where(d => d.Order == order).Select(d => d.Dispute)],
        };
        for (var times = random.Next(1, 3); times > 0; times--)
            order.Apply(
                new Operation(Guid.CreateVersion7(), OperationKind.Disputes, payment.Id, order.OrderId, RefundId: null,
                    0, 1),
                answer, captureTriesMax: 6);
        Book(order);
    }

    private void Deliver()
    {
        var order = Any(orders);
        paid.TryAdd((order, Any(order.Lines).CompanyId), default);
    }

    private void PayOut(Guid seller)
    {
        // As the database has it: one open payout of a seller at a time.
        if (items.Keys.Any(p => p.CompanyId == seller && p.Status is PayoutStatus.Requested or PayoutStatus.Approved))
            return;
        var due = paid.Where(part => part.Key.Seller == seller).Select(part =>
        {
            var (goods, delivery) = Worth(part.Key.Order, seller);
            return new Earning(part.Key.Order.OrderId, goods, delivery, part.Value.Goods, part.Value.Delivery).Due;
        }).ToList();
        var account = new PayoutAccount { CompanyId = seller, Holder = "A", Iban = "DE89370400440532013000" };
        if (Payout.Of(account, currency, due, DateTimeOffset.UnixEpoch) is not { } payout)
        {
            Owing += due.Sum(item => item.GoodsMinor + item.DeliveryMinor) < 0 ? 1 : 0;
            return;
        }
        items.Add(payout, due);
        Book(Journal.Payout(payout));
        Take(payout, sign: 1);
    }

    private void Move()
    {
        if (items.Count == 0)
            return;
        var payout = Any([.. items.Keys]);
        var to = Any(Enum.GetValues<PayoutStatus>());
        if (!payout.Can(to))
            return;
        switch (to)
        {
            case PayoutStatus.Approved:
                payout.Approve(DateTimeOffset.UnixEpoch);
                return;
            case PayoutStatus.Sent:
                Book(payout.Send(reference: null, DateTimeOffset.UnixEpoch));
                return;
            default:
                Book(to == PayoutStatus.Failed ? payout.Fail("no", DateTimeOffset.UnixEpoch)
                    : payout.Cancel("no", DateTimeOffset.UnixEpoch));
                Take(payout, sign: -1);
                return;
        }
    }

    private void Take(Payout payout, int sign)
    {
        foreach (var item in items[payout])
        {
            var part = paid.Keys.Single(key => key.Order.OrderId == item.OrderId && key.Seller == payout.CompanyId);
            paid[part] = (paid[part].Goods + (sign * item.GoodsMinor), paid[part].Delivery
                + (sign * item.DeliveryMinor));
        }
    }

    private void Agree()
    {
        foreach (var seller in sellers)
        {
            var worth = orders.Select(order => Worth(order, seller)).Aggregate((Goods: 0L, Delivery: 0L), (a, b) =>
                (a.Goods + b.Goods, a.Delivery + b.Delivery));
            var took = items.Keys.Where(p => p.CompanyId == seller
                && p.Status is not (PayoutStatus.Failed or PayoutStatus.Cancelled)).ToList();
            Assert.Equal(worth.Goods - took.Sum(p => p.GoodsMinor), -Balance(Accounts.SellerPayable, seller));
            Assert.Equal(worth.Delivery - took.Sum(p => p.DeliveryMinor), -Balance(Accounts.Delivery, seller));
            Assert.Equal(took.Where(p => p.Status != PayoutStatus.Sent).Sum(p => p.AmountMinor),
                -Balance(Accounts.Payouts, seller));
            // Paid out once: what payouts took of each part together is what they took of the seller's.
            Assert.Equal(took.Sum(p => p.AmountMinor),
                paid.Where(part => part.Key.Seller == seller).Sum(part => part.Value.Goods + part.Value.Delivery));
        }
        Assert.Equal(items.Keys.Where(p => p.Status == PayoutStatus.Sent).Sum(p => p.AmountMinor),
            -Balance(Accounts.Bank));
        var all = orders.SelectMany(order => order.Disputes).ToList();
        var lost = all.Where(d => d.Status == DisputeStatus.Lost).Sum(d => d.AmountMinor - d.HeldMinor);
        Assert.Equal(disputes.Count, all.Count);
        Assert.Equal(all.Where(d => d.Status == DisputeStatus.Open).Sum(d => d.HeldMinor), -Balance(Accounts.Disputes));
        Assert.Equal(lost, Balance(Accounts.DisputeLosses));
        Assert.Equal(orders.Sum(o => o.CapturedMinor - o.RefundedMinor) - lost, Balance(Accounts.GatewayClearing));
        Assert.All(orders, order => Assert.InRange(order.RefundsMinor, 0, order.CapturedMinor));
        Assert.All(orders.SelectMany(order => order.Payments), p =>
            Assert.InRange(p.RefundsMinor, p.RefundedMinor, p.CapturedMinor));
    }

    private static (long Goods, long Delivery) Worth(OrderMoney order, Guid seller)
    {
        var lines = order.Lines.Where(line => line.CompanyId == seller).ToList();
        return (
            lines.Sum(l => l.GoodsMinor - l.CommissionMinor - l.Refunded.Goods + l.Refunded.Commission),
            lines.Sum(l => l.DeliveryMinor - l.Refunded.Delivery));
    }

    private static void Answer(OrderMoney order, OperationKind kind, GatewayOutcome outcome)
    {
        foreach (var payment in order.Payments)
            order.Apply(new Operation(Guid.CreateVersion7(), kind, payment.Id, order.OrderId, RefundId: null,
                payment.AmountMinor, 1),
                new GatewayAnswer(outcome), captureTriesMax: 6);
    }

    private void Book(OrderMoney order)
    {
        foreach (var journal in order.Changes.Journals)
            Book(journal);
        order.Changes.Journals.Clear();
    }

    private void Book(Journal journal)
    {
        Assert.Equal(0, journal.Entries.Aggregate((Int128)0, (sum, entry) => sum + entry.AmountMinor));
        foreach (var entry in journal.Entries)
            Books[(entry.Account, entry.CompanyId)] = Balance(entry.Account, entry.CompanyId) + entry.AmountMinor;
    }

    private long Balance(string account, Guid? seller = null) => Books.GetValueOrDefault((account, seller));

    private T Any<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];
}

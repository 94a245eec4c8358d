using FsCheck;
using FsCheck.Fluent;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;

namespace Souk.UnitTests.Payments;

/// <summary>P5: 10,000 random orders are sold, refunded in parts to the last minor unit, and the ledger never loses one.</summary>
public sealed class LedgerTests(ITestOutputHelper output)
{
    private const int OrdersMax = 10_000;

    [Fact]
    public void Every_journal_balances_and_nobody_gives_back_more_than_they_got()
    {
        var (journals, refunds, lost) = (0, 0, 0L);
        var orders = Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var books = new Books(new Random(seed));
            books.Sell();
            while (books.RefundSome())
                refunds++;
            journals += books.Journals.Count;
            lost += Math.Abs(books.Balance(Accounts.CustomerReceivable)) + Math.Abs(books.Balance(Accounts.Refunds)) + Math.Abs(books.Balance(Accounts.GatewayClearing));
            return books.Journals.All(journal => journal.Entries.Aggregate((Int128)0, (sum, entry) => sum + entry.AmountMinor) == 0);
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(OrdersMax).WithReplay(20261120, 1763600001), orders);

        output.WriteLine($"{OrdersMax} orders, {journals} journals, {refunds} partial refunds; imbalance 0, lost minor units {lost}");
        Assert.Equal(0, lost);
        Assert.True(refunds > OrdersMax);
    }

    /// <summary>One order and everything that happens to its money, with the identities checked at each step.</summary>
    private sealed class Books
    {
        private readonly Random random;
        private readonly OrderMoney order;

        public Books(Random random)
        {
            this.random = random;
            var (currency, lines) = RandomOrders.Make(random);
            var rates = RandomOrders.Rates(random, currency, lines);
            var sold = lines.Select(line => SoldLine.Of(line, currency, rates)).ToList();
            order = new OrderMoney { OrderId = Guid.CreateVersion7(), Currency = currency, TotalMinor = lines.Sum(l => l.TotalMinor) };
            order.Lines.AddRange(sold);
            var left = order.TotalMinor;
            while (left > 0)
            {
                var part = random.Next(3) == 0 ? random.NextInt64(1, left + 1) : left;
                left -= part;
                order.Payments.Add(new Payment
                {
                    Id = Guid.CreateVersion7(), OrderId = order.OrderId, Method = "card", Gateway = "simulator", Currency = currency, AmountMinor = part,
                });
            }
            Assert.All(sold, line => Assert.InRange(line.CommissionMinor, 0, line.GoodsMinor));
        }

        public List<Journal> Journals => order.Changes.Journals;

        public void Sell()
        {
            if (order.TotalMinor == 0)
                order.State = OrderState.Authorized;
            foreach (var payment in order.Payments)
                Answer(OperationKind.Authorize, payment, GatewayOutcome.Authorized);
            Assert.Equal(OrderState.Authorized, order.State);
            order.Confirm();
            foreach (var payment in order.Payments)
                Answer(OperationKind.Capture, payment, GatewayOutcome.Captured);
            Assert.Equal(OrderState.Captured, order.State);
            Assert.Equal(order.TotalMinor, order.CapturedMinor);
            Identity();
        }

        // A part of what is left, of all sellers or of one; false when nothing is.
        public bool RefundSome()
        {
            if (order.RefundableMinor == 0)
                return false;
            var withRest = order.Lines.Where(l => l.RemainingMinor > 0).ToArray();
            Guid? company = random.Next(2) == 0 ? withRest[random.Next(withRest.Length)].CompanyId : null;
            var most = company is null ? order.RefundableMinor : order.Lines.Where(l => l.CompanyId == company).Sum(l => l.RemainingMinor);
            var amount = random.Next(3) == 0 ? most : random.NextInt64(1, most + 1);
            order.GiveBack(amount, company, "test", null);
            foreach (var operation in order.Changes.Operations.Where(o => o.Kind == OperationKind.Refund).ToArray())
            {
                order.Changes.Operations.Remove(operation);
                order.Apply(operation, new GatewayAnswer(GatewayOutcome.Refunded), captureTriesMax: 6);
            }
            Identity();
            foreach (var line in order.Lines)
            {
                Assert.InRange(line.Refunded.Total, 0, line.TotalMinor);
                Assert.InRange(line.Refunded.Goods - line.Refunded.Commission, 0, line.GoodsMinor - line.CommissionMinor);
                Assert.InRange(line.Refunded.Commission, 0, line.CommissionMinor);
                Assert.InRange(line.Refunded.Delivery, 0, line.DeliveryMinor);
                Assert.InRange(line.Refunded.Tax, 0, line.TaxMinor);
            }
            return true;
        }

        public long Balance(string account) => Journals.SelectMany(j => j.Entries).Where(e => e.Account == account).Sum(e => e.AmountMinor);

        // Captured less refunded, with what the marketplace added, is what the sellers, the state and the marketplace have.
        private void Identity()
        {
            Assert.Equal(order.CapturedMinor - order.RefundedMinor, Balance(Accounts.GatewayClearing));
            Assert.Equal(
                order.CapturedMinor - order.RefundedMinor + Balance(Accounts.MarketplaceDiscounts),
                -(Balance(Accounts.SellerPayable) + Balance(Accounts.Delivery) + Balance(Accounts.CommissionRevenue) + Balance(Accounts.TaxPayable)));
            Assert.True(order.RefundedMinor <= order.CapturedMinor);
            Assert.Equal(order.RefundedMinor, order.Payments.Sum(p => p.RefundedMinor));
        }

        private void Answer(OperationKind kind, Payment payment, GatewayOutcome outcome) => order.Apply(
            new Operation(Guid.CreateVersion7(), kind, payment.Id, order.OrderId, null, payment.AmountMinor, 1), new GatewayAnswer(outcome), captureTriesMax: 6);
    }
}

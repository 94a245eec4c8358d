using Souk.Contracts.Payments;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;

namespace Souk.UnitTests.Payments;

/// <summary>
/// Every order in which the steps and answers of two payments can come, each of them perhaps twice: nothing is ever taken twice,
/// and an order that is no more ends with nothing held and nothing kept.
/// </summary>
public sealed class OrderMoneyTests(ITestOutputHelper output)
{
    private const int WalksMax = 20_000;

    [Fact]
    public void Whatever_order_answers_come_in_the_books_agree()
    {
        var random = new Random(20261121);
        var (steps, cancelled, captured, declined) = (0, 0, 0, 0);
        for (var walk = 0; walk < WalksMax; walk++)
        {
            var world = new World(random);
            steps += world.Walk();
            switch (world.Order.State)
            {
                case OrderState.Cancelled: cancelled++; break;
                case OrderState.Captured: captured++; break;
                default: declined++; break;
            }
        }
        output.WriteLine($"{WalksMax} walks, {steps} steps: {captured} captured, {cancelled} cancelled, {declined} declined; double captures 0, kept money 0");
        Assert.True(cancelled > 1000 && captured > 1000);
    }

    /// <summary>A gateway that does what it is asked, slowly and repeatedly, and an order that may be cancelled at any moment.</summary>
    private sealed class World
    {
        private readonly Random random;
        private readonly List<Operation> open = [];
        private readonly Dictionary<Guid, string> gateway = [];
        private readonly Dictionary<Guid, long> paidBack = [];
        private readonly HashSet<Guid> refundKeys = [];
        private int moves;

        public World(Random random)
        {
            this.random = random;
            Order = new OrderMoney { OrderId = Guid.CreateVersion7(), Currency = "EUR", TotalMinor = 300 };
            Order.Lines.Add(new SoldLine
            {
                LineId = Guid.CreateVersion7(), CompanyId = Guid.CreateVersion7(), TotalMinor = 300, GoodsMinor = 250, DeliveryMinor = 20, TaxMinor = 30,
                DiscountMinor = 0, CommissionMinor = 25,
            });
            foreach (var amount in new[] { 100L, 200L })
            {
                var payment = new Payment
                {
                    Id = Guid.CreateVersion7(), OrderId = Order.OrderId, Method = "card", Gateway = "simulator", Currency = "EUR", AmountMinor = amount,
                };
                Order.Payments.Add(payment);
                open.Add(new Operation(Guid.CreateVersion7(), OperationKind.Authorize, payment.Id, Order.OrderId, null, amount, 1));
            }
        }

        public OrderMoney Order { get; }

        public int Walk()
        {
            var cancelAt = random.Next(3) == 0 ? random.Next(0, 12) : int.MaxValue;
            var published = 0;
            while (open.Count > 0 && moves < 200)
            {
                if (moves++ == cancelAt)
                    Order.Cancel("buyer");
                else
                    Step();
                if (published == 0 && Order.Changes.Events.OfType<PaymentsAuthorized>().Any())
                {
                    published++;
                    if (random.Next(4) > 0)
                        Order.Confirm();
                    else
                        Order.Cancel("late");
                }
                // Work that the order asks for is done in any order.
                foreach (var asked in Order.Changes.Operations)
                    if (asked.Kind == OperationKind.Refund || !open.Exists(o => o.PaymentId == asked.PaymentId && o.Kind == asked.Kind))
                        open.Add(asked with { Attempts = 1 });
                Order.Changes.Operations.Clear();
                open.RemoveAll(o => o.Kind == OperationKind.Capture && Order.Changes.CapturesToDrop.Contains(o.PaymentId));
                Order.Changes.CapturesToDrop.Clear();
            }
            Settled();
            return moves;
        }

        private void Step()
        {
            var operation = open[random.Next(open.Count)];
            var answer = Ask(operation);
            for (var times = random.Next(4) == 0 && operation.Kind != OperationKind.Refund ? 2 : 1; times > 0; times--)
                Order.Apply(operation, answer, captureTriesMax: 3);
            if (Order.Changes.Postponed.Count > 0)
            {
                open[open.IndexOf(operation)] = operation with { Attempts = operation.Attempts + 1 };
                Order.Changes.Postponed.Clear();
            }
            else
            {
                open.Remove(operation);
            }
            Order.Changes.Done.Clear();
        }

        private GatewayAnswer Ask(Operation operation)
        {
            if (random.Next(8) == 0)
                return GatewayAnswer.Unknown("timeout");
            var state = gateway.GetValueOrDefault(operation.PaymentId);
            switch (operation.Kind)
            {
                case OperationKind.Authorize:
                    state ??= random.Next(5) == 0 ? "declined" : random.Next(5) == 0 ? "requires_action" : "authorized";
                    break;
                case OperationKind.Read when state == "requires_action":
                    state = random.Next(3) switch { 0 => "authorized", 1 => "declined", _ => state };
                    break;
                case OperationKind.Capture when state == "authorized":
                    if (random.Next(3) == 0)
                        return new GatewayAnswer(GatewayOutcome.Refused) { Code = "capture_refused", Permanent = random.Next(3) == 0 };
                    state = "captured";
                    break;
                case OperationKind.Void when state is "authorized" or "requires_action":
                    state = "voided";
                    break;
                case OperationKind.Void when state is "captured":
                    return new GatewayAnswer(GatewayOutcome.Refused);
                case OperationKind.Refund:
                    Assert.Equal("captured", state);
                    if (refundKeys.Add(operation.Id))
                        paidBack[operation.PaymentId] = paidBack.GetValueOrDefault(operation.PaymentId) + operation.AmountMinor;
                    return new GatewayAnswer(GatewayOutcome.Refunded);
            }
            gateway[operation.PaymentId] = state!;
            return new GatewayAnswer(state switch
            {
                "authorized" => GatewayOutcome.Authorized,
                "requires_action" => GatewayOutcome.ActionRequired,
                "declined" => GatewayOutcome.Declined,
                "captured" => GatewayOutcome.Captured,
                _ => GatewayOutcome.Voided,
            })
            { Action = "redirect", Url = "https://bank.example", ExpiresAt = DateTimeOffset.UnixEpoch };
        }

        private void Settled()
        {
            if (open.Count == 0 && Order.State is OrderState.Confirmed)
                Order.Cancel("capture_failed"); // As Orders does after the last try.
            else if (open.Count > 0)
                return; // A gateway that never answers; the walk was too long.
            if (Order.State == OrderState.Cancelled)
                while (Order.Changes.Operations.Count > 0 || open.Count > 0)
                {
                    open.AddRange(Order.Changes.Operations.Select(o => o with { Attempts = 1 }));
                    Order.Changes.Operations.Clear();
                    Step();
                }
            foreach (var payment in Order.Payments)
            {
                var state = gateway[payment.Id];
                Assert.Equal(state == "captured" ? payment.AmountMinor : 0, payment.CapturedMinor);
                Assert.Equal(paidBack.GetValueOrDefault(payment.Id), payment.RefundedMinor);
                if (Order.State is OrderState.Cancelled or OrderState.Declined)
                {
                    Assert.True(state is "declined" or "voided" || paidBack.GetValueOrDefault(payment.Id) == payment.AmountMinor, $"{state} is kept");
                }
                if (Order.State == OrderState.Captured)
                    Assert.Equal("captured", state);
            }
            Assert.True(Order.Changes.Events.OfType<PaymentsAuthorized>().Count() <= 1);

            // Who only hears the events knows the same: each says the sum so far, and every change of it is said.
            long[] captures = [.. Order.Changes.Events.OfType<PaymentCaptured>().Select(e => e.CapturedMinor)];
            long[] refunds = [.. Order.Changes.Events.OfType<PaymentRefunded>().Select(e => e.RefundedMinor)];
            Assert.Equal(captures.Distinct().Order(), captures);
            Assert.Equal(refunds.Distinct().Order(), refunds);
            Assert.Equal(Order.CapturedMinor, captures.LastOrDefault());
            Assert.Equal(Order.RefundedMinor, refunds.LastOrDefault());
            var allVoided = Order.State == OrderState.Cancelled && captures is [];
            Assert.Equal(allVoided ? 1 : 0, Order.Changes.Events.OfType<PaymentsVoided>().Count());
        }
    }
}

using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.UnitTests.Payments;
using Order = Souk.Orders.Domain.Order;
using Refund = Souk.Payments.Domain.Refund;

namespace Souk.UnitTests.Orders;

/// <summary>
/// One order that was paid and everything that people do to its pieces, with what Payments makes of it. What must hold is
/// looked at after each step.
/// </summary>
internal sealed class MoneyHistory
{
    private readonly Random random;
    private readonly Order order;
    private readonly OrderMoney money;
    private readonly Actor seller = new("seller", null, DateTimeOffset.UnixEpoch.AddYears(57));
    private readonly HashSet<Guid> withoutDelivery = [];
    private bool goodwill;

    public MoneyHistory(Random random)
    {
        this.random = random;
        var (currency, lines) = RandomOrders.Make(random);
        order = Placed(currency, lines);
        var rates = RandomOrders.Rates(random, currency, lines);
        money = new OrderMoney { OrderId = order.Id, Currency = currency, TotalMinor = order.TotalMinor };
        money.Lines.AddRange(lines.Select(line => SoldLine.Of(line, currency, rates)));
        Pay();
    }

    public int Steps { get; private set; }

    public int Refunds { get; private set; }

    /// <summary>Lets people act until nothing more can be done, or enough was.</summary>
    public void Live()
    {
        Whole();
        for (var n = random.Next(1, 25); n > 0; n--)
        {
            var part = order.Parts[random.Next(order.Parts.Count)];
            var did = random.Next(6) switch
            {
                0 => TakeOff(part),
                1 or 2 => Ship(part),
                3 => Deliver(part),
                4 => Return(part),
                _ => random.Next(4) == 0 && Goodwill(),
            };
            if (!did)
                continue;
            Steps++;
            Whole();
        }
    }

    private bool TakeOff(OrderPart part)
    {
        var open = order.Open(part);
        if (part.Status != PartStatus.Confirmed || open is [])
            return false;
        var off = Some(open);
        if (part.ShippedAt is null && off.Sum(piece => piece.Quantity) == open.Sum(piece => piece.Quantity))
        {
            var rest = part.TotalMinor - part.Lines.Sum(line => order.PiecesOf(part, line).RefundMinor);
            order.CancelParts([part], seller, null);
            money.CancelPart(part.CompanyId, rest, "seller");
        }
        else
        {
            var edit = Guid.CreateVersion7();
            Due(edit, part, order.TakeOff(part, off, edit, seller, null));
        }
        Settle();
        return true;
    }

    private bool Ship(OrderPart part)
    {
        if (part.Status != PartStatus.Confirmed)
            return false;
        order.Ship(part, random.Next(2) == 0 ? null : Some(order.Open(part)), null, null, seller);
        return true;
    }

    private bool Deliver(OrderPart part)
    {
        if (part.Status != PartStatus.Shipped)
            return false;
        order.Deliver(part, seller);
        return true;
    }

    private bool Return(OrderPart part)
    {
        var kept = order.Kept(part);
        if (part.Status is not (PartStatus.Delivered or PartStatus.PartlyReturned) || kept is [])
            return false;
        var pieces = Some(kept);
        var it = new Return
        {
            Id = Guid.CreateVersion7(), OrderId = order.Id, PartId = part.Id, CompanyId = part.CompanyId,
                Reason = "other",
            Currency = order.Currency,
            Lines =
            [
                .. pieces.Select(piece => new ReturnLine
                {
                    LineId = piece.LineId, Quantity = piece.Quantity, Sku = "SKU", Title = "Lamp",
                }),
            ],
        };
        var delivery = random.Next(2) == 0;
        it.Approve(delivery, null, null, seller.At);
        ReceivedPieces[] received =
        [
            .. pieces.Select(piece => new ReceivedPieces(
                piece.LineId, piece.Quantity, random.Next(piece.Quantity + 1),
                random.Next(3) == 0 ? random.Next(piece.Quantity + 1) : piece.Quantity, "used")),
        ];
        foreach (var piece in received.Where(piece => !delivery || piece.Refunded < piece.Quantity))
            withoutDelivery.Add(piece.LineId);
        it.Receive(order, received, seller);
        if (it.RefundId is { } refund)
            Due(refund, part, it.Refund());
        Settle();
        return true;
    }

    // Somebody gives money back by hand, for nothing in particular: what is asked for later may be there no more.
    private bool Goodwill()
    {
        if (money.RefundableMinor == 0)
            return false;
        goodwill = true;
        money.GiveBack(random.NextInt64(1, money.RefundableMinor + 1), companyId: null, "goodwill", accountId: null);
        Settle();
        return true;
    }

    private void Due(Guid refund, OrderPart part, RefundedLine[] lines)
    {
        if (lines is [])
            return;
        Refunds++;
        var before = money.RefundsMinor;
        money.RefundLines(new RefundDue(order.Id, refund, part.CompanyId, null, "return", lines));
        if (!goodwill)
            Assert.Equal(lines.Sum(line => line.TotalMinor), money.RefundsMinor - before);
    }

    private LineQuantity[] Some(LineQuantity[] pieces)
    {
        LineQuantity[] some =
        [
            .. pieces.Select(
                piece => piece with { Quantity = random.Next(piece.Quantity + 1) }).Where(piece => piece.Quantity > 0),
        ];
        return some is [] ? [pieces[0] with { Quantity = 1 }] : some;
    }

    // The sum of the parts is the total; of no line more goes back than was paid, and all of it when all pieces do; what
    // Payments holds, the ledger says, and nobody gives back more than they got.
    private void Whole()
    {
        Assert.Equal(order.TotalMinor, order.Parts.Sum(part => part.TotalMinor));
        foreach (var part in order.Parts)
            foreach (var line in part.Lines)
            {
                var pieces = order.PiecesOf(part, line);
                Assert.InRange(pieces.TakenOff + pieces.Shipped, 0, line.Quantity);
                Assert.InRange(pieces.Returned, 0, pieces.Shipped);
                Assert.InRange(pieces.Refunded, 0, pieces.TakenOff + pieces.Returned);
                Assert.InRange(pieces.RefundMinor, 0, line.TotalMinor);
                if (pieces.Refunded == line.Quantity && !withoutDelivery.Contains(line.Id))
                    Assert.Equal(line.TotalMinor, pieces.RefundMinor);
            }
        Assert.InRange(money.RefundsMinor, 0, money.CapturedMinor);
        Assert.Equal(money.CapturedMinor - money.RefundedMinor, Balance(Accounts.GatewayClearing));
        Assert.All(money.Changes.Journals, journal => Assert.Equal(0, journal.Entries.Sum(entry => entry.AmountMinor)));
        foreach (var line in money.Lines)
        {
            Assert.InRange(line.Refunded.Total, 0, line.TotalMinor);
            Assert.InRange(line.Refunded.Goods - line.Refunded.Commission, 0, line.GoodsMinor - line.CommissionMinor);
            Assert.InRange(line.Refunded.Commission, 0, line.CommissionMinor);
            Assert.InRange(line.Refunded.Delivery, 0, line.DeliveryMinor);
            Assert.InRange(line.Refunded.Tax, 0, line.TaxMinor);
            Assert.InRange(line.Refunded.Discount, 0, line.DiscountMinor);
        }
        foreach (var seller in money.Lines.GroupBy(line => line.CompanyId))
            Assert.Equal(
                seller.Sum(line => line.GoodsMinor - line.CommissionMinor + line.DeliveryMinor
                    - line.Refunded.Goods + line.Refunded.Commission - line.Refunded.Delivery),
                -money.Changes.Journals.SelectMany(journal => journal.Entries)
                    .Where(entry => entry.CompanyId == seller.Key).Sum(entry => entry.AmountMinor));
    }

    private long Balance(string account) => money.Changes.Journals.SelectMany(journal => journal.Entries)
        .Where(entry => entry.Account == account).Sum(entry => entry.AmountMinor);

    private void Pay()
    {
        if (order.TotalMinor == 0)
            money.State = OrderState.Authorized;
        else
            money.Payments.Add(new Payment
            {
                Id = Guid.CreateVersion7(), OrderId = order.Id, Method = "card", Gateway = "simulator",
                    Currency = order.Currency,
                AmountMinor = order.TotalMinor,
            });
        foreach (var payment in money.Payments)
            Answer(OperationKind.Authorize, payment, GatewayOutcome.Authorized);
        money.Confirm();
        foreach (var payment in money.Payments)
            Answer(OperationKind.Capture, payment, GatewayOutcome.Captured);
        money.Changes.Operations.Clear();
    }

    // The gateways pay what was granted.
    private void Settle()
    {
        foreach (var operation in money.Changes.Operations.Where(o => o.Kind == OperationKind.Refund).ToArray())
        {
            money.Changes.Operations.Remove(operation);
            money.Apply(operation, new GatewayAnswer(GatewayOutcome.Refunded), captureTriesMax: 6);
        }
    }

    private void Answer(OperationKind kind, Payment payment, GatewayOutcome outcome) => money.Apply(
        new Operation(Guid.CreateVersion7(), kind, payment.Id, order.Id, null, payment.AmountMinor, 1),
        new GatewayAnswer(outcome), captureTriesMax: 6);

    private static Order Placed(string currency, OrderedLine[] lines)
    {
        var (id, now) = (Guid.CreateVersion7(), DateTimeOffset.UnixEpoch.AddYears(57));
        var includesTax = lines.All(line =>
            line.TotalMinor == line.UnitPriceMinor * line.Quantity - line.DiscountMinor + line.DeliveryMinor);
        var parts = lines.Index().GroupBy(line => line.Item.CompanyId).Select(part =>
        {
            var partId = Guid.CreateVersion7();
            return new OrderPart
            {
                OrderId = id, Id = partId, CompanyId = part.Key, DeliveryMethodName = "Parcel",
                TotalMinor = part.Sum(line => line.Item.TotalMinor),
                Lines = [.. part.Select(line => OrderLine.Of(id, partId, line.Index, line.Item))],
            };
        });
        return new Order
        {
            Id = id, Status = OrderStatus.Confirmed, Country = "DE", Postcode = "10115", Currency = currency,
            PricesIncludeTax = includesTax, TotalMinor = lines.Sum(line => line.TotalMinor), ConfirmedAt = now,
            CapturedAt = now,
            Parts = [.. parts],
        };
    }
}

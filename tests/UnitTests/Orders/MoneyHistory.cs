using Souk.Contracts.Carts;
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
    private readonly Actor buyer = new("buyer", null, DateTimeOffset.UnixEpoch.AddYears(57));
    private readonly Actor seller = new("seller", null, DateTimeOffset.UnixEpoch.AddYears(57));
    private readonly HashSet<Guid> withoutDelivery = [];
    private readonly List<(Order Addition, MoneyHistory? Sold)> additions = [];
    private bool goodwill;

    public MoneyHistory(Random random)
    {
        this.random = random;
        var (currency, lines) = RandomOrders.Make(random);
        (order, money) = Sell(Placed(currency, lines), lines);
        Pay(GatewayOutcome.Authorized);
    }

    // What was added to another order is an order like it.
    private MoneyHistory(Random random, Order addition, OrderedLine[] lines, GatewayOutcome payment)
    {
        this.random = random;
        (order, money) = Sell(addition, lines);
        Pay(payment);
    }

    public int Steps { get; private set; }

    public int Refunds { get; private set; }

    public int Added { get; private set; }

    public int Declined { get; private set; }

    /// <summary>Lets people act until nothing more can be done, or enough was.</summary>
    public void Live()
    {
        Whole();
        for (var n = random.Next(1, 25); n > 0; n--)
        {
            var part = order.Parts[random.Next(order.Parts.Count)];
            var did = random.Next(7) switch
            {
                0 => TakeOff(part),
                1 or 2 => Ship(part),
                3 => Deliver(part),
                4 => Return(part),
                5 => Add(part),
                _ => random.Next(4) == 0 && Goodwill(),
            };
            if (!did)
                continue;
            Steps++;
            Whole();
        }
    }

    // A line goes up, or others join: paid it is sold and lives on its own, declined it was never there. Either way
    // the first order, its money and its books stay as they are.
    private bool Add(OrderPart part)
    {
        if (order.AddsTo is not null || part.Status != PartStatus.Confirmed || additions.Count == 3)
            return false;
        var (total, captured, refunds, journals) =
            (order.TotalMinor, money.CapturedMinor, money.RefundsMinor, money.Changes.Journals.Count);
        var before = Adding.Pieces(additions.Select(one => one.Addition));
        var (_, lines) = RandomOrders.Make(random);
        lines[0] = lines[0] with { OfferId = part.Lines[0].OfferId, CompanyId = part.CompanyId };
        var addition = order.Addition(number: 0, Priced(lines), buyer, TimeSpan.FromSeconds(25));
        addition.AddsTo = order.Id;
        Assert.Equal(lines.Sum(line => line.TotalMinor), addition.TotalMinor);
        Assert.Equal(addition.TotalMinor, addition.Parts.Sum(one => one.TotalMinor));
        Assert.Equal(addition.TotalMinor, addition.ItemsMinor - addition.DiscountMinor + addition.DeliveryMinor
            + (addition.PricesIncludeTax ? 0 : addition.TaxMinor));

        if (addition.TotalMinor > 0 && random.Next(3) == 0)
        {
            var declined = new MoneyHistory(random, addition, lines, GatewayOutcome.Declined);
            Assert.Equal((0L, 0), (declined.money.CapturedMinor, declined.money.Changes.Journals.Count));
            addition.Cancel(buyer, note: null);
            declined.money.Cancel("payment_expired");
            Assert.Equal((0L, 0), (declined.money.RefundsMinor, declined.money.Changes.Journals.Count));
            additions.Add((addition, null));
            Assert.Equal(before, Adding.Pieces(additions.Select(one => one.Addition)));
            Declined++;
        }
        else
        {
            var sold = new MoneyHistory(random, Confirmed(addition), lines, GatewayOutcome.Authorized);
            additions.Add((sold.order, sold));
            Assert.Equal(
                before.GetValueOrDefault(lines[0].OfferId) + lines[0].Quantity,
                Adding.Pieces(additions.Select(one => one.Addition))[lines[0].OfferId]);
            sold.Live();
            (Steps, Refunds, Added) = (Steps + sold.Steps, Refunds + sold.Refunds, Added + 1);
        }
        Assert.Equal(
            (total, captured, refunds, journals),
            (order.TotalMinor, money.CapturedMinor, money.RefundsMinor, money.Changes.Journals.Count));
        return true;
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

    private (Order, OrderMoney) Sell(Order it, OrderedLine[] lines)
    {
        var rates = RandomOrders.Rates(random, it.Currency, lines);
        var books = new OrderMoney { OrderId = it.Id, Currency = it.Currency, TotalMinor = it.TotalMinor };
        books.Lines.AddRange(lines.Select(line => SoldLine.Of(line, it.Currency, rates)));
        return (it, books);
    }

    private void Pay(GatewayOutcome outcome)
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
            Answer(OperationKind.Authorize, payment, outcome);
        if (outcome == GatewayOutcome.Declined)
            return;
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
        var includesTax = IncludeTax(lines);
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

    // As Carts answers.
    private PricedAddition Priced(OrderedLine[] lines) => new(
        order.Currency, IncludeTax(lines), lines,
        [
            .. lines.Select(line => line.CompanyId).Distinct().Select(company => new OrderedPart(
                PartId: Guid.CreateVersion7(), CompanyId: company, DeliveryMethodId: Guid.CreateVersion7(), "Parcel")),
        ],
        Problems: []);

    // As the steps of the checkout leave it.
    private static Order Confirmed(Order addition) => new()
    {
        Id = addition.Id, AddsTo = addition.AddsTo, Status = OrderStatus.Confirmed, Country = addition.Country,
        Postcode = addition.Postcode, Currency = addition.Currency, PricesIncludeTax = addition.PricesIncludeTax,
        TotalMinor = addition.TotalMinor, ConfirmedAt = addition.CreatedAt, CapturedAt = addition.CreatedAt,
        Parts = addition.Parts,
    };

    private static bool IncludeTax(OrderedLine[] lines) => lines.All(line =>
        line.TotalMinor == line.UnitPriceMinor * line.Quantity - line.DiscountMinor + line.DeliveryMinor);
}

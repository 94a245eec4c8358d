using Souk.Orders.Domain;
using Souk.Platform.Http;

namespace Souk.UnitTests.Orders;

public sealed class OrderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(57);
    private static readonly Actor Seller = new("seller", Guid.CreateVersion7(), Now);
    private static readonly Actor Buyer = new("buyer", null, Now);

    [Fact]
    public void Nothing_ships_before_its_money_was_taken_and_a_refusal_changes_nothing()
    {
        var order = OrderIn(OrderStatus.Confirmed, captured: false);
        Assert.Equal("not_captured",
            Assert.Throws<RuleException>(() => order.Ship(order.Parts[0], null, "DHL", "1", Seller)).Code);
        Unchanged(order, OrderStatus.Confirmed);
    }

    [Theory]
    [InlineData(OrderStatus.Pending)]
    [InlineData(OrderStatus.AwaitingPayment)]
    [InlineData(OrderStatus.CaptureFailed)]
    [InlineData(OrderStatus.Cancelled)]
    public void Nothing_ships_but_what_is_confirmed(OrderStatus status)
    {
        var order = OrderIn(status);
        Assert.Equal("order_move",
            Assert.Throws<RuleException>(() => order.Ship(order.Parts[0], null, null, null, Seller)).Code);
        Unchanged(order, status);
    }

    [Fact]
    public void An_order_stands_where_its_slowest_part_stands_and_each_move_is_written_down()
    {
        var order = OrderIn(OrderStatus.Confirmed);
        order.Ship(order.Parts[0], null, "DHL", "1", Seller);
        Assert.Equal((OrderStatus.Confirmed, 1), (order.Status, order.Timeline.Count));
        order.Ship(order.Parts[1], null, null, null, Seller);
        Assert.Equal((OrderStatus.Shipped, 3), (order.Status, order.Timeline.Count));
        order.Parts.ForEach(part => order.Deliver(part, Seller));
        Assert.Equal((OrderStatus.Delivered, 6), (order.Status, order.Timeline.Count));
        Assert.All(order.Timeline, entry => Assert.Equal(("seller", Now), (entry.Actor, entry.At)));
    }

    [Fact]
    public void When_the_slow_part_is_cancelled_the_order_stands_where_the_other_stands()
    {
        var order = OrderIn(OrderStatus.Confirmed);
        order.Ship(order.Parts[0], null, null, null, Seller);
        order.Deliver(order.Parts[0], Seller);
        order.CancelParts([order.Parts[1]], Seller, "broken");
        Assert.Equal(OrderStatus.Delivered, order.Status);
    }

    [Fact]
    public void A_failed_capture_stays_one_while_a_part_goes_on()
    {
        var order = OrderIn(OrderStatus.CaptureFailed, captured: false);
        order.CancelParts([order.Parts[0]], Seller, null);
        Assert.Equal(OrderStatus.CaptureFailed, order.Status);
        order.CancelParts([order.Parts[1]], Seller, null);
        Assert.Equal((OrderStatus.Cancelled, "seller"), (order.Status, order.CancelReason));
    }

    [Fact]
    public void A_whole_order_is_cancelled_until_a_part_has_left_its_seller()
    {
        var order = OrderIn(OrderStatus.Confirmed);
        order.Ship(order.Parts[0], null, null, null, Seller);
        var refusal = Assert.Throws<RuleException>(() => order.Cancel(Buyer, "too late"));
        Assert.Equal("order_move", refusal.Code);
        Assert.Equal(OrderStatus.Confirmed, order.Status);
        Assert.Null(order.CancelReason);
        Assert.DoesNotContain("cancelled", Assert.IsType<string[]>(refusal.More["allowed"]));
    }

    [Theory]
    [InlineData(OrderStatus.Pending, true)]
    [InlineData(OrderStatus.AwaitingPayment, true)]
    [InlineData(OrderStatus.Confirmed, true)]
    [InlineData(OrderStatus.CaptureFailed, true)]
    [InlineData(OrderStatus.Shipped, false)]
    [InlineData(OrderStatus.Delivered, false)]
    [InlineData(OrderStatus.Cancelled, false)]
    public void Cancelling_works_where_the_table_says_so(OrderStatus status, bool works)
    {
        var order = OrderIn(status);
        if (!works)
        {
            Assert.Throws<RuleException>(() => order.Cancel(Buyer, null));
            Unchanged(order, status);
            return;
        }
        order.Cancel(Buyer, null);
        Assert.Equal((OrderStatus.Cancelled, "buyer", null), (order.Status, order.CancelReason, order.Deadline));
        Assert.All(order.Parts, part => Assert.Equal(PartStatus.Cancelled, part.Status));
    }

    private static void Unchanged(Order order, OrderStatus status)
    {
        Assert.Equal(status, order.Status);
        Assert.Empty(order.Timeline);
        Assert.All(order.Parts, part => Assert.Null(part.ShippedAt));
    }

    private static Order OrderIn(OrderStatus status, bool captured = true)
    {
        var part = status switch
        {
            OrderStatus.Shipped => PartStatus.Shipped,
            OrderStatus.Delivered => PartStatus.Delivered,
            OrderStatus.Cancelled => PartStatus.Cancelled,
            _ => PartStatus.Confirmed,
        };
        return new Order
        {
            Id = Guid.CreateVersion7(), Status = status, Country = "DE", Postcode = "10115", Currency = "EUR", Deadline = Now,
            CapturedAt = captured ? Now : null,
            Parts = [.. Enumerable.Range(0, 2).Select(_ => new OrderPart
            {
                Id = Guid.CreateVersion7(), CompanyId = Guid.CreateVersion7(), Status = part, DeliveryMethodName = "Parcel",
            })],
        };
    }
}

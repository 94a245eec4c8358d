using Souk.Orders.Domain;
using static Souk.Orders.Domain.OrderStatus;

namespace Souk.UnitTests.Orders;

public sealed class OrderLifeTests
{
    // Written by hand, not read from OrderLife: a test that reads the table would agree with any mistake in it.
    private static readonly HashSet<(OrderStatus, OrderStatus)> Allowed =
    [
        (Pending, AwaitingPayment), (Pending, Confirmed), (Pending, Cancelled),
        (AwaitingPayment, Confirmed), (AwaitingPayment, Cancelled),
        (Confirmed, CaptureFailed), (Confirmed, Shipped), (Confirmed, Delivered), (Confirmed, Cancelled),
        (CaptureFailed, Confirmed), (CaptureFailed, Cancelled),
        (Confirmed, PartlyReturned), (Confirmed, Returned),
        (Shipped, Delivered), (Delivered, PartlyReturned), (Delivered, Returned), (PartlyReturned, Returned),
    ];

    private static readonly HashSet<(PartStatus, PartStatus)> AllowedOfParts =
    [
        (PartStatus.Confirmed, PartStatus.Shipped), (PartStatus.Confirmed, PartStatus.Cancelled),
        (PartStatus.Shipped, PartStatus.Delivered), (PartStatus.Delivered, PartStatus.PartlyReturned),
        (PartStatus.Delivered, PartStatus.Returned), (PartStatus.PartlyReturned, PartStatus.Returned),
    ];

    private static readonly HashSet<(ReturnStatus, ReturnStatus)> AllowedOfReturns =
    [
        (ReturnStatus.Requested, ReturnStatus.Approved), (ReturnStatus.Requested, ReturnStatus.Rejected),
        (ReturnStatus.Requested, ReturnStatus.Withdrawn), (ReturnStatus.Approved, ReturnStatus.Received),
        (ReturnStatus.Approved, ReturnStatus.Rejected), (ReturnStatus.Approved, ReturnStatus.Withdrawn),
        (ReturnStatus.Received, ReturnStatus.Refunded),
    ];

    [Fact]
    public void An_order_makes_the_allowed_moves_and_no_others()
    {
        foreach (var from in Enum.GetValues<OrderStatus>())
            foreach (var to in Enum.GetValues<OrderStatus>())
                Assert.Equal(Allowed.Contains((from, to)), OrderLife.Can(from, to));
    }

    [Fact]
    public void A_part_makes_the_allowed_moves_and_no_others()
    {
        foreach (var from in Enum.GetValues<PartStatus>())
            foreach (var to in Enum.GetValues<PartStatus>())
                Assert.Equal(AllowedOfParts.Contains((from, to)), OrderLife.Can(from, to));
    }

    [Fact]
    public void A_return_makes_the_allowed_moves_and_no_others()
    {
        foreach (var from in Enum.GetValues<ReturnStatus>())
            foreach (var to in Enum.GetValues<ReturnStatus>())
                Assert.Equal(AllowedOfReturns.Contains((from, to)), OrderLife.Can(from, to));
    }

    [Fact]
    public void The_words_that_sql_asks_for_are_the_states_of_the_table()
    {
        foreach (var to in Enum.GetValues<OrderStatus>())
            Assert.Equal(Allowed.Where(move => move.Item2 == to).Select(move => Words.Of(move.Item1)).Order(), OrderLife.Before(to).Order());
    }

    [Fact]
    public void Every_state_that_waits_for_somebody_says_what_happens_when_nobody_comes()
    {
        foreach (var status in Enum.GetValues<OrderStatus>())
            Assert.Equal(
                status is Shipped or Delivered or PartlyReturned or Returned or Cancelled,
                OrderLife.WhenOverdue(status) == Overdue.Never);
    }

    [Fact]
    public void Every_word_names_its_state()
    {
        foreach (var status in Enum.GetValues<OrderStatus>())
            Assert.Equal(status, Words.Order(Words.Of(status)));
        foreach (var status in Enum.GetValues<PartStatus>())
            Assert.Equal(status, Words.Part(Words.Of(status)));
        foreach (var status in Enum.GetValues<ReturnStatus>())
            Assert.Equal(status, Words.Return(Words.Of(status)));
    }

    [Theory]
    [InlineData(new[] { PartStatus.Confirmed, PartStatus.Delivered }, Confirmed)]
    [InlineData(new[] { PartStatus.Shipped, PartStatus.Delivered }, Shipped)]
    [InlineData(new[] { PartStatus.Cancelled, PartStatus.Delivered }, Delivered)]
    [InlineData(new[] { PartStatus.Cancelled, PartStatus.Shipped, PartStatus.Confirmed }, Confirmed)]
    [InlineData(new[] { PartStatus.Returned, PartStatus.PartlyReturned, PartStatus.Delivered }, Delivered)]
    [InlineData(new[] { PartStatus.Returned, PartStatus.PartlyReturned }, PartlyReturned)]
    [InlineData(new[] { PartStatus.Returned, PartStatus.Cancelled }, Returned)]
    [InlineData(new[] { PartStatus.Cancelled, PartStatus.Cancelled }, Cancelled)]
    public void An_order_stands_where_its_least_advanced_part_stands_that_is_not_cancelled(PartStatus[] parts, OrderStatus order) =>
        Assert.Equal(order, OrderLife.Of(parts));
}

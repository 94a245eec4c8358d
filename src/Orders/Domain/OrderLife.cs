using static Souk.Orders.Domain.OrderStatus;

namespace Souk.Orders.Domain;

/// <summary>What the watchdog does with an order that stays in a state longer than the state may last.</summary>
internal enum Overdue
{
    /// <summary>The state lasts as long as it likes.</summary>
    Never,

    /// <summary>Lets it wait once more, because everybody may have been away, and then refuses it.</summary>
    WaitThenRefuse,

    /// <summary>Cancels it: the buyer did not pay.</summary>
    CancelUnpaid,

    /// <summary>The money was not taken in time: that is a failed capture, whoever failed to say so.</summary>
    CaptureFailed,

    /// <summary>Cancels it: the money could not be taken at all.</summary>
    CancelUncaptured,
}

/// <summary>
/// The whole life of an order, of its parts and of returns, as data. A move that is not in these tables does not exist.
/// </summary>
internal static class OrderLife
{
    private static readonly Dictionary<OrderStatus, (OrderStatus[] Next, Overdue Overdue)> States = new()
    {
        [Pending] = ([AwaitingPayment, Confirmed, Cancelled], Overdue.WaitThenRefuse),
        [AwaitingPayment] = ([Confirmed, Cancelled], Overdue.CancelUnpaid),
        // It has a deadline until its money is captured, then none.
        // From there it follows its parts: when the slowest is cancelled, it stands where the others stand.
        [Confirmed] = ([CaptureFailed, Shipped, Delivered, PartlyReturned, Returned, Cancelled], Overdue.CaptureFailed),
        [CaptureFailed] = ([Confirmed, Cancelled], Overdue.CancelUncaptured),
        [Shipped] = ([Delivered], Overdue.Never),
        [Delivered] = ([PartlyReturned, Returned], Overdue.Never),
        [PartlyReturned] = ([Returned], Overdue.Never),
        [Returned] = ([], Overdue.Never),
        [Cancelled] = ([], Overdue.Never),
    };

    private static readonly Dictionary<PartStatus, PartStatus[]> Parts = new()
    {
        [PartStatus.Confirmed] = [PartStatus.Shipped, PartStatus.Cancelled],
        [PartStatus.Shipped] = [PartStatus.Delivered],
        [PartStatus.Delivered] = [PartStatus.PartlyReturned, PartStatus.Returned],
        [PartStatus.PartlyReturned] = [PartStatus.Returned],
        [PartStatus.Returned] = [],
        [PartStatus.Cancelled] = [],
    };

    // The last move is Payments', when the money is with the buyer.
    private static readonly Dictionary<ReturnStatus, ReturnStatus[]> Returns = new()
    {
        [ReturnStatus.Requested] = [ReturnStatus.Approved, ReturnStatus.Rejected, ReturnStatus.Withdrawn],
        [ReturnStatus.Approved] = [ReturnStatus.Received, ReturnStatus.Rejected, ReturnStatus.Withdrawn],
        [ReturnStatus.Received] = [ReturnStatus.Refunded],
        [ReturnStatus.Rejected] = [],
        [ReturnStatus.Withdrawn] = [],
        [ReturnStatus.Refunded] = [],
    };

    public static bool Can(OrderStatus from, OrderStatus to) => States[from].Next.Contains(to);

    public static bool Can(PartStatus from, PartStatus to) => Parts[from].Contains(to);

    public static bool Can(ReturnStatus from, ReturnStatus to) => Returns[from].Contains(to);

    public static IReadOnlyList<ReturnStatus> Next(ReturnStatus from) => Returns[from];

    public static IReadOnlyList<OrderStatus> Next(OrderStatus from) => States[from].Next;

    public static IReadOnlyList<PartStatus> Next(PartStatus from) => Parts[from];

    public static Overdue WhenOverdue(OrderStatus status) => States[status].Overdue;

    /// <summary>The states from which an order may become this one, as words: <c>where status = any(…)</c>.</summary>
    public static string[] Before(OrderStatus to) =>
        [.. States.Where(state => state.Value.Next.Contains(to)).Select(state => Words.Of(state.Key))];

    /// <summary>
    /// The state of a confirmed order: its least advanced part that is not cancelled; cancelled when all are.
    /// </summary>
    public static OrderStatus Of(IEnumerable<PartStatus> parts) => parts.Min() switch
    {
        PartStatus.Confirmed => Confirmed,
        PartStatus.Shipped => Shipped,
        PartStatus.Delivered => Delivered,
        PartStatus.PartlyReturned => PartlyReturned,
        PartStatus.Returned => Returned,
        _ => Cancelled,
    };
}

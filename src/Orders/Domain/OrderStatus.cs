namespace Souk.Orders.Domain;

/// <summary>
/// Where an order stands. After its confirmation it is its least advanced part that is not cancelled.
/// </summary>
public enum OrderStatus
{
    /// <summary>Placed; stock and payments are being arranged.</summary>
    Pending,

    /// <summary>Its buyer has to act: a redirect, a bank slip, a new payment.</summary>
    AwaitingPayment,

    /// <summary>Stock is reserved and the payments are authorised: the sale is made.</summary>
    Confirmed,

    /// <summary>The sale was made but the money could not be taken yet.</summary>
    CaptureFailed,

    /// <summary>Every part that goes on has left its seller.</summary>
    Shipped,

    /// <summary>Every part that goes on has arrived.</summary>
    Delivered,

    /// <summary>Of every part that goes on some pieces came back.</summary>
    PartlyReturned,

    /// <summary>All that arrived came back.</summary>
    Returned,

    /// <summary>Refused or cancelled as a whole; nothing stays taken.</summary>
    Cancelled,
}

/// <summary>Where one seller's part of a confirmed order stands.</summary>
public enum PartStatus
{
    /// <summary>To be shipped.</summary>
    Confirmed,

    /// <summary>It left its seller.</summary>
    Shipped,

    /// <summary>It arrived.</summary>
    Delivered,

    /// <summary>Some of its pieces came back.</summary>
    PartlyReturned,

    /// <summary>All of its pieces came back.</summary>
    Returned,

    /// <summary>Cancelled before it was shipped.</summary>
    Cancelled,
}

/// <summary>The words of the states, as the API and the database write them.</summary>
internal static class Words
{
    public static string Of(OrderStatus status) => status switch
    {
        OrderStatus.Pending => "pending",
        OrderStatus.AwaitingPayment => "awaiting_payment",
        OrderStatus.Confirmed => "confirmed",
        OrderStatus.CaptureFailed => "capture_failed",
        OrderStatus.Shipped => "shipped",
        OrderStatus.Delivered => "delivered",
        OrderStatus.PartlyReturned => "partly_returned",
        OrderStatus.Returned => "returned",
        _ => "cancelled",
    };

    public static string Of(PartStatus status) => status switch
    {
        PartStatus.Confirmed => "confirmed",
        PartStatus.Shipped => "shipped",
        PartStatus.Delivered => "delivered",
        PartStatus.PartlyReturned => "partly_returned",
        PartStatus.Returned => "returned",
        _ => "cancelled",
    };

    public static string Of(ReturnStatus status) => status switch
    {
        ReturnStatus.Requested => "requested",
        ReturnStatus.Approved => "approved",
        ReturnStatus.Rejected => "rejected",
        ReturnStatus.Withdrawn => "withdrawn",
        ReturnStatus.Received => "received",
        _ => "refunded",
    };

    public static ReturnStatus Return(string word) =>
        Enum.GetValues<ReturnStatus>().Single(status => Of(status) == word);

    public static string Of(PieceMoveKind kind) => kind switch
    {
        PieceMoveKind.TakenOff => "taken_off",
        PieceMoveKind.Shipped => "shipped",
        _ => "returned",
    };

    public static PieceMoveKind PieceMove(string word) =>
        Enum.GetValues<PieceMoveKind>().Single(kind => Of(kind) == word);

    public static OrderStatus Order(string word) =>
        Enum.GetValues<OrderStatus>().Single(status => Of(status) == word);

    public static PartStatus Part(string word) =>
        Enum.GetValues<PartStatus>().Single(status => Of(status) == word);
}

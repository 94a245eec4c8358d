namespace Souk.Payments.Domain;

/// <summary>What is asked of a gateway.</summary>
internal enum OperationKind
{
    Authorize,
    Capture,
    Void,
    Refund,

    /// <summary>Look at the gateway's own state: after a webhook, while a buyer acts.</summary>
    Read,

    /// <summary>Look at the disputes that the gateway has of the payment: after a webhook.</summary>
    Disputes,
}

/// <summary>Work at a gateway: a row that a worker leases and deletes when the answer is applied.</summary>
/// <param name="Id">The operation; of a refund also its idempotency key at the gateway.</param>
/// <param name="Kind">What is asked.</param>
/// <param name="PaymentId">Of which payment; its idempotency key for all but refunds.</param>
/// <param name="OrderId">The payment's order.</param>
/// <param name="RefundId">The refund it belongs to.</param>
/// <param name="AmountMinor">How much.</param>
/// <param name="Attempts">How often it was begun, this time included; 0 for a new one.</param>
/// <param name="After">When it is due, from now.</param>
/// <param name="Trace">The trace of what asked for it, in which its answer goes on.</param>
internal sealed record Operation(
    Guid Id, OperationKind Kind, Guid PaymentId, Guid OrderId, Guid? RefundId, long AmountMinor, int Attempts = 0,
    TimeSpan After = default, string? Trace = null);

/// <summary>Money on its way back to the buyer.</summary>
internal sealed class Refund
{
    public required Guid Id { get; init; }

    public required Guid OrderId { get; init; }

    public Guid? CompanyId { get; init; }

    public required string Currency { get; init; }

    public required long AmountMinor { get; set; }

    /// <summary>How much of it the gateways have paid.</summary>
    public long DoneMinor { get; set; }

    public RefundStatus Status { get; set; }

    public required string Reason { get; init; }

    public Guid? AccountId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DoneAt { get; set; }

    public bool IsNew { get; init; }
}

/// <summary>Where a refund stands.</summary>
internal enum RefundStatus
{
    /// <summary>The order is not captured yet; it begins then.</summary>
    Waiting,

    /// <summary>The gateways are asked.</summary>
    Pending,

    /// <summary>The buyer has it.</summary>
    Done,

    /// <summary>The whole order was undone before it began.</summary>
    Cancelled,
}

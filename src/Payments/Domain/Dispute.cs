namespace Souk.Payments.Domain;

/// <summary>Where a dispute stands.</summary>
internal enum DisputeStatus
{
    /// <summary>The gateway has not decided; the money is held.</summary>
    Open,

    /// <summary>The money is its owners' again.</summary>
    Won,

    /// <summary>The buyer has it.</summary>
    Lost,
}

/// <summary>A buyer asked their bank for the money of a payment back, and the bank asks us.</summary>
internal sealed class Dispute
{
    public required Guid Id { get; init; }

    public required Guid PaymentId { get; init; }

    public required Guid OrderId { get; init; }

    public required string Gateway { get; init; }

    public required string GatewayRef { get; init; }

    public required long AmountMinor { get; init; }

    /// <summary>What of it had not been given back when it was opened: the rest is the marketplace's risk.</summary>
    public required long HeldMinor { get; init; }

    public required string Reason { get; init; }

    public DateTimeOffset? RespondBy { get; set; }

    public DisputeStatus Status { get; set; }

    /// <summary>Whose share of which line is held.</summary>
    public List<HeldLine> Lines { get; } = [];
}

/// <summary>What a dispute holds of a line.</summary>
internal readonly record struct HeldLine(Guid LineId, Guid CompanyId, LineShares Shares);

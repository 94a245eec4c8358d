using Souk.Payments.Domain;

namespace Souk.Payments.Gateways;

/// <summary>
/// A payment gateway. Every call carries the payment's id as its idempotency key, so repeating it is always safe. A call
/// that cannot say what happened answers <see cref="GatewayOutcome.Unknown" /> or throws: then the state is read later.
/// </summary>
internal interface IGateway
{
    /// <summary>As it stands in <c>payments.gateway</c> and in the path of its webhooks.</summary>
    string Name { get; }

    /// <summary>Asks the gateway to hold the money.</summary>
    Task<GatewayAnswer> Authorize(GatewayPayment payment, CancellationToken ct);

    /// <summary>Takes what is held, whole.</summary>
    Task<GatewayAnswer> Capture(GatewayPayment payment, CancellationToken ct);

    /// <summary>Lets go what is held or still asked for.</summary>
    Task<GatewayAnswer> Void(GatewayPayment payment, CancellationToken ct);

    /// <summary>Gives money back.</summary>
    /// <param name="payment">Captured before.</param>
    /// <param name="key">The refund's own idempotency key.</param>
    /// <param name="amountMinor">How much of it.</param>
    /// <param name="ct">Ends the call at its deadline.</param>
    Task<GatewayAnswer> Refund(GatewayPayment payment, Guid key, long amountMinor, CancellationToken ct);

    /// <summary>What the gateway has in its books.</summary>
    Task<GatewayAnswer> Read(GatewayPayment payment, CancellationToken ct);

    /// <summary>The disputes of a payment that the gateway has in its books, closed ones too.</summary>
    Task<IReadOnlyList<GatewayDispute>> Disputes(GatewayPayment payment, CancellationToken ct);

    /// <summary>Whether a webhook came from the gateway, is recent and whole; answers what it is about, or null when it is to be refused.</summary>
    GatewayNotice? Verify(GatewayMessage message);
}

/// <summary>A payment as its gateway needs it.</summary>
internal sealed record GatewayPayment(
    Guid Id, string Method, string? Token, string Currency, long AmountMinor, string? Reference, string? ReturnUrl);

/// <summary>A webhook as it arrived.</summary>
/// <param name="Id">Header <c>webhook-id</c>.</param>
/// <param name="Timestamp">Header <c>webhook-timestamp</c>.</param>
/// <param name="Signature">Header <c>webhook-signature</c>.</param>
/// <param name="Body">The raw bytes: the signature is over them, not over what a parser makes of them.</param>
internal sealed record GatewayMessage(string Id, string Timestamp, string Signature, ReadOnlyMemory<byte> Body);

/// <summary>What a genuine webhook is about. Its claims are not believed: they make us read the gateway's books.</summary>
/// <param name="Id">The webhook.</param>
/// <param name="PaymentId">The payment it is about.</param>
/// <param name="IsDispute">Whether a dispute of it is to be looked at, not its own state.</param>
internal sealed record GatewayNotice(string Id, Guid PaymentId, bool IsDispute = false);

/// <summary>A dispute as the gateway has it in its books.</summary>
/// <param name="Reference">The gateway's own name of it.</param>
/// <param name="Status">What it decided.</param>
/// <param name="AmountMinor">How much the buyer wants back.</param>
/// <param name="Currency">Of the amount; another than the payment's makes the answer unknown.</param>
/// <param name="Reason">Why, a stable word.</param>
/// <param name="RespondBy">Until when the gateway takes evidence.</param>
internal sealed record GatewayDispute(
    string Reference, DisputeStatus Status, long AmountMinor, string Currency, string Reason,
    DateTimeOffset? RespondBy);

/// <summary>What a gateway said.</summary>
internal enum GatewayOutcome
{
    /// <summary>No answer, or none that can be trusted.</summary>
    Unknown,

    /// <summary>The gateway never heard of it.</summary>
    NotFound,

    /// <summary>The gateway has not decided.</summary>
    Processing,

    ActionRequired,
    Authorized,
    Declined,
    Captured,
    Voided,
    Refunded,

    /// <summary>It told which disputes there are.</summary>
    Disputed,

    /// <summary>It will not do that.</summary>
    Refused,
}

/// <summary>The answer of a gateway to one call.</summary>
/// <param name="Outcome">What it said.</param>
internal sealed record GatewayAnswer(GatewayOutcome Outcome)
{
    public string? Reference { get; init; }

    /// <summary>The amount and currency it speaks of. Others than ours make the answer unknown.</summary>
    public long? AmountMinor { get; init; }

    public string? Currency { get; init; }

    /// <summary>Why it declined or refused, a stable word.</summary>
    public string? Code { get; init; }

    /// <summary>A sentence for the buyer.</summary>
    public string? Detail { get; init; }

    /// <summary>Of a refusal: trying again is of no use.</summary>
    public bool Permanent { get; init; }

    /// <summary><c>redirect</c> or <c>bank_slip</c>.</summary>
    public string? Action { get; init; }

    public string? Url { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The disputes of the payment, where they were asked for.</summary>
    public IReadOnlyList<GatewayDispute> Disputes { get; init; } = [];

    /// <summary>The gateway's fingerprint of the card, the same for every payment with it; null where there is none.</summary>
    public string? Card { get; init; }

    /// <summary>Where the card was issued, ISO 3166-1 alpha-2.</summary>
    public string? CardCountry { get; init; }

    public static GatewayAnswer Unknown(string why) => new(GatewayOutcome.Unknown) { Code = why };
}

/// <summary>An operation that was called, with the answer.</summary>
internal sealed record Answered(Operation Operation, GatewayAnswer Answer);

using Souk.Payments.Gateways;

namespace Souk.Payments.Domain;

/// <summary>Where a payment stands.</summary>
internal enum PaymentStatus
{
    /// <summary>The gateway has not answered, or its answer is not known.</summary>
    Pending,

    /// <summary>The buyer has to act: follow a redirect, pay a slip.</summary>
    RequiresAction,

    /// <summary>The money is held for us.</summary>
    Authorized,

    /// <summary>The money is held for us, and somebody has to look at it first.</summary>
    InReview,

    /// <summary>The money is ours.</summary>
    Captured,

    /// <summary>The gateway refused to hand over what it had authorised.</summary>
    CaptureFailed,

    /// <summary>It is being let go.</summary>
    Voiding,

    /// <summary>It was let go; nothing is held.</summary>
    Voided,

    /// <summary>The gateway said no.</summary>
    Declined,
}

/// <summary>One payment of an order. It is changed by <see cref="OrderMoney" /> only, which knows the others.</summary>
internal sealed class Payment
{
    public required Guid Id { get; init; }

    public required Guid OrderId { get; init; }

    public Guid? AccountId { get; init; }

    public required string Method { get; init; }

    public string? Token { get; init; }

    public required string Gateway { get; init; }

    public required string Currency { get; init; }

    public required long AmountMinor { get; init; }

    public string? GatewayRef { get; set; }

    public long CapturedMinor { get; set; }

    /// <summary>Refunds asked for, through or not.</summary>
    public long RefundsMinor { get; set; }

    /// <summary>Refunds that are through.</summary>
    public long RefundedMinor { get; set; }

    public PaymentStatus Status { get; set; }

    /// <summary>Nobody needs it any more: whatever the gateway still answers is undone.</summary>
    public bool Unwanted { get; set; }

    public string? Action { get; set; }

    public string? ActionUrl { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public string? Code { get; set; }

    public string? Detail { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; init; }

    /// <summary>Whether it may still bring money or does already.</summary>
    public bool Lives => !Unwanted && Status is not (PaymentStatus.Declined or PaymentStatus.Voiding or PaymentStatus.Voided);

    /// <summary>The payment as its gateway needs it.</summary>
    public GatewayPayment AtGateway(string? returnUrl) =>
        new(Id, Method, Token, Currency, AmountMinor, GatewayRef, returnUrl);

    /// <summary>Whether the gateway holds or has handed over its money.</summary>
    public bool Holds => Status is PaymentStatus.Authorized or PaymentStatus.Captured or PaymentStatus.CaptureFailed;
}

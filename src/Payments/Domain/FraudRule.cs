using Souk.Platform.Db;

namespace Souk.Payments.Domain;

/// <summary>What makes a payment suspicious.</summary>
public enum FraudRuleKind
{
    /// <summary>The order is worth as much as this, or more.</summary>
    Amount,

    /// <summary>More payments of one account within a time.</summary>
    AccountVelocity,

    /// <summary>More payments with one card within a time.</summary>
    CardVelocity,

    /// <summary>More payments from one network within a time.</summary>
    NetworkVelocity,

    /// <summary>The card is of another country than the order goes to.</summary>
    CountryMismatch,
}

/// <summary>What becomes of a payment that a rule finds.</summary>
public enum FraudAction
{
    /// <summary>A person looks at it.</summary>
    Review,

    /// <summary>It is declined.</summary>
    Decline,
}

/// <summary>A rule that finds suspicious payments; it holds for what is authorised from now on.</summary>
internal sealed class FraudRule : IVersioned
{
    public required Guid Id { get; init; }

    public required string Name { get; set; }

    public required FraudRuleKind Kind { get; init; }

    public required FraudAction Action { get; set; }

    public long? AmountMinor { get; set; }

    public string? Currency { get; init; }

    public int? PaymentsMax { get; set; }

    public TimeSpan? Within { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; set; }
}

/// <summary>What rules found about a payment.</summary>
/// <param name="Rules">Those that it met; at least one.</param>
/// <param name="ReviewUntil">How long a person may take.</param>
internal sealed record Suspicion(IReadOnlyList<FraudRule> Rules, DateTimeOffset ReviewUntil);

/// <summary>A payment that a person has to look at.</summary>
internal sealed record Review(Guid PaymentId, Suspicion Suspicion);

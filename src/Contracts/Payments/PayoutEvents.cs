namespace Souk.Contracts.Payments;

/// <summary>A payout left the marketplace's account for its seller's.</summary>
/// <param name="PayoutId">The payout; also the key.</param>
/// <param name="CompanyId">The seller.</param>
/// <param name="Currency">Currency of the amount.</param>
/// <param name="AmountMinor">What it brings, more than 0.</param>
public sealed record PayoutSent(Guid PayoutId, Guid CompanyId, string Currency, long AmountMinor) : IEvent
{
    /// <inheritdoc />
    public Guid Key => PayoutId;
}

/// <summary>The bank could not pay a payout, or paid it back. Its money is due again.</summary>
/// <param name="PayoutId">The payout; also the key.</param>
/// <param name="CompanyId">The seller.</param>
/// <param name="Currency">Currency of the amount.</param>
/// <param name="AmountMinor">What it was to bring.</param>
public sealed record PayoutFailed(Guid PayoutId, Guid CompanyId, string Currency, long AmountMinor) : IEvent
{
    /// <inheritdoc />
    public Guid Key => PayoutId;
}

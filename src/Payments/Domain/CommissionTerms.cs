using Souk.Contracts;
using Souk.Platform.Http;

namespace Souk.Payments.Domain;

/// <summary>What a rule charges; its amounts are of one currency.</summary>
internal sealed record CommissionTerms(decimal Percent, long FixedMinor, long? MinMinor, long? MaxMinor, string? Currency)
{
    /// <exception cref="RuleException">422: negative amounts, several currencies, a maximum below the minimum.</exception>
    public static CommissionTerms Of(decimal percent, Money? fix, Money? minimum, Money? maximum)
    {
        if (decimal.Round(percent, 4) != percent)
            throw RuleException.Invalid("/percent", "invalid_amount", "At most four decimals.");
        string? currency = null;
        foreach (var (name, amount) in new[] { ("fixed", fix), ("minimum", minimum), ("maximum", maximum) })
        {
            if (amount is not { } money)
                continue;
            if (!Currencies.Knows(money.Currency))
                throw RuleException.Invalid($"/{name}/currency", "unsupported_currency", "Use an ISO 4217 code in upper case, for example EUR.");
            if (money.Amount is < 0 or > 1_000_000_000_000)
                throw RuleException.Invalid($"/{name}/amount", "invalid_amount", "From 0 to 1,000,000,000,000 minor units.");
            if ((currency ??= money.Currency) != money.Currency)
                throw RuleException.Invalid($"/{name}/currency", "currency_mismatch", "The amounts of a rule are of one currency.");
        }
        if (minimum is { } min && maximum is { } max && max.Amount < min.Amount)
            throw RuleException.Invalid("/maximum/amount", "end_before_start", "The maximum is not less than the minimum.");
        return new CommissionTerms(percent, fix?.Amount ?? 0, minimum?.Amount, maximum?.Amount, currency);
    }
}

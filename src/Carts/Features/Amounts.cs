using Souk.Contracts;
using Souk.Platform.Http;

namespace Souk.Carts.Features;

/// <summary>Amounts of one thing have one currency and are not negative.</summary>
internal static class Amounts
{
    /// <summary>The currency of the amounts that were given; null when none was.</summary>
    public static string? Currency(params ReadOnlySpan<(Money? Amount, string Pointer)> amounts)
    {
        string? currency = null;
        foreach (var (amount, pointer) in amounts)
        {
            if (amount is not { } money)
                continue;
            if (!Currencies.Knows(money.Currency ?? ""))
                throw RuleException.Invalid(pointer + "/currency", "unsupported_currency", "The currency is an ISO 4217 code in capitals, for example EUR.");
            if (money.Amount < 0)
                throw RuleException.Invalid(pointer + "/amount", "invalid_amount", "The amount is in minor units and not negative.");
            if (currency is not null && currency != money.Currency)
                throw RuleException.Invalid(pointer + "/currency", "currency_mismatch", "All amounts have the same currency.");
            currency = money.Currency;
        }
        return currency;
    }
}

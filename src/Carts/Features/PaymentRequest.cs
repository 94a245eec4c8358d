using System.ComponentModel.DataAnnotations;
using Souk.Contracts;
using Souk.Contracts.Orders;
using Souk.Platform.Http;

namespace Souk.Carts.Features;

/// <summary>One of the payments that together pay an order.</summary>
/// <param name="Method">For example <c>card</c>, <c>voucher</c>, <c>bank_slip</c>.</param>
/// <param name="Token">What the gateway gave the browser for it; never card data.</param>
/// <param name="Amount">How much of the total; one payment may leave it out and takes the rest.</param>
public sealed record PaymentRequest(
    [RegularExpression("[a-z][a-z0-9_]{0,31}")] string Method,
    [StringLength(200)] string? Token = null,
    Money? Amount = null)
{
    /// <summary>Payments an order may be paid with.</summary>
    internal const int CountMax = 30;

    /// <summary>The payments with their amounts, which sum to the total.</summary>
    /// <param name="payments">As they were asked for.</param>
    /// <param name="totalMinor">What they must sum to.</param>
    /// <param name="currency">Of the total.</param>
    /// <param name="network">From where they were asked for.</param>
    /// <exception cref="RuleException">They do not.</exception>
    internal static PaymentIntent[] Split(IReadOnlyList<PaymentRequest> payments, long totalMinor, string currency,
        string? network = null)
    {
        if (totalMinor == 0)
            return [];
        if (payments.Count == 0)
            throw RuleException.Invalid("/payments", "payment_required", "Say how it is paid: name at least one payment.");
        var given = 0L;
        for (var i = 0; i < payments.Count; i++)
        {
            if (payments[i].Amount is not { } amount)
                continue;
            if (amount.Currency != currency)
                throw RuleException.Invalid($"/payments/{i}/amount/currency", "currency_mismatch", $"The currency of this order is {currency}.");
            if (amount.Amount <= 0 || amount.Amount > totalMinor - given)
                throw Mismatch(totalMinor, currency);
            given += amount.Amount;
        }
        var open = payments.Count(payment => payment.Amount is null);
        if (open > 1 || open == 1 == (given == totalMinor))
            throw Mismatch(totalMinor, currency);
        return [.. payments.Select(payment => new PaymentIntent(
            Guid.CreateVersion7(), payment.Method, payment.Token, payment.Amount?.Amount ?? totalMinor - given,
            network))];
    }

    private static RuleException Mismatch(long totalMinor, string currency) => new(
        422, "payments_do_not_sum", "The amounts of the payments must sum to the total; one of them may be left out and takes the rest.",
        new FieldError("/payments", "payments_do_not_sum", "See the member total."))
    {
        More = { ["total"] = new Money(totalMinor, currency) },
    };
}

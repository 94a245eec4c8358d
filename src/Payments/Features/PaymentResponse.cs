using Npgsql;
using Souk.Contracts;
using Souk.Payments.Domain;

namespace Souk.Payments.Features;

/// <summary>A payment as its buyer and the marketplace's staff see it.</summary>
/// <param name="Id">The payment.</param>
/// <param name="OrderId">What it pays.</param>
/// <param name="Method"><c>card</c>, <c>voucher</c>, <c>bank_slip</c>.</param>
/// <param name="Gateway">Through whom.</param>
/// <param name="Status">pending, requires_action, in_review, authorized, captured, capture_failed, voiding, voided, declined, partially_refunded, refunded.</param>
/// <param name="Amount">What it brings.</param>
/// <param name="Captured">What was taken.</param>
/// <param name="Refunded">What went back.</param>
/// <param name="Action">What the buyer has to do; null when nothing.</param>
/// <param name="Code">Why it was declined or not captured.</param>
/// <param name="Detail">The same as a sentence.</param>
/// <param name="CreatedAt">When it began.</param>
public sealed record PaymentResponse(
    Guid Id, Guid OrderId, string Method, string Gateway, string Status, Money Amount, Money Captured, Money Refunded, PaymentAction? Action,
    string? Code, string? Detail, DateTimeOffset CreatedAt)
{
    internal const string Columns = """
        id, order_id, method, gateway, status, currency, amount_minor, captured_minor, refunded_minor, action, action_url, expires_at, code, detail,
        created_at, version, account_id
        """;

    internal static PaymentRow Read(NpgsqlDataReader row)
    {
        var currency = row.GetString(5);
        var (amount, captured, refunded) = (row.GetInt64(6), row.GetInt64(7), row.GetInt64(8));
        var action = row.IsDBNull(9) || row.GetString(4) != "requires_action"
            ? null
            : new PaymentAction(row.GetString(9), row.GetString(10), row.GetFieldValue<DateTimeOffset>(11));
        var shown = new PaymentResponse(
            row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), Shown(row.GetString(4), captured, refunded), new Money(amount, currency),
            new Money(captured, currency), new Money(refunded, currency), action, row.IsDBNull(12) ? null : row.GetString(12),
            row.IsDBNull(13) ? null : row.GetString(13), row.GetFieldValue<DateTimeOffset>(14));
        return new PaymentRow(shown, row.GetInt64(15), row.IsDBNull(16) ? null : row.GetGuid(16));
    }

    internal static PaymentResponse Of(Payment payment, DateTimeOffset now) => new(
        payment.Id, payment.OrderId, payment.Method, payment.Gateway, Shown(Words.Of(payment.Status), payment.CapturedMinor, payment.RefundedMinor),
        new Money(payment.AmountMinor, payment.Currency), new Money(payment.CapturedMinor, payment.Currency), new Money(payment.RefundedMinor, payment.Currency),
        Action: null, payment.Code, payment.Detail, payment.CreatedAt == default ? now : payment.CreatedAt);

    private static string Shown(string status, long captured, long refunded) =>
        refunded == 0 ? status : refunded == captured ? "refunded" : "partially_refunded";
}

/// <summary>What the buyer has to do before a payment goes on.</summary>
/// <param name="Type"><c>redirect</c> or <c>bank_slip</c>.</param>
/// <param name="Url">Where.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record PaymentAction(string Type, string Url, DateTimeOffset ExpiresAt);

/// <summary>A payment with what is not shown of it.</summary>
internal sealed record PaymentRow(PaymentResponse Payment, long Version, Guid? AccountId);

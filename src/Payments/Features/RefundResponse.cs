using Npgsql;
using Souk.Contracts;

namespace Souk.Payments.Features;

/// <summary>Money on its way back to a buyer.</summary>
/// <param name="Id">The refund.</param>
/// <param name="OrderId">Of which order.</param>
/// <param name="CompanyId">The seller it concerns; null when it is the whole order.</param>
/// <param name="Status">waiting (for the capture), pending (the gateway is asked), done, cancelled.</param>
/// <param name="Amount">How much.</param>
/// <param name="Reason">Why.</param>
/// <param name="CreatedAt">When it was granted.</param>
/// <param name="DoneAt">When the gateway had paid it.</param>
public sealed record RefundResponse(
    Guid Id, Guid OrderId, Guid? CompanyId, string Status, Money Amount, string Reason, DateTimeOffset CreatedAt, DateTimeOffset? DoneAt)
{
    internal const string Columns = "id, order_id, company_id, status, amount_minor, currency, reason, created_at, done_at";

    internal static RefundResponse Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetString(3), new Money(row.GetInt64(4), row.GetString(5)),
        row.GetString(6), row.GetFieldValue<DateTimeOffset>(7), row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8));
}

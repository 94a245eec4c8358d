using System.Text.Json;
using Souk.Payments.Domain;
using Souk.Payments.Features;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Security;

namespace Souk.Payments;

/// <summary>Writes which payments somebody has to look at, and what was decided.</summary>
internal static class ReviewWrites
{
    /// <summary>Adds reviews that begin and ends those of payments that were decided elsewhere. Sent with the commit.</summary>
    public static void WriteReviews(this PaymentsDb db, OrderChanges[] changes)
    {
        foreach (var (paymentId, suspicion) in changes.SelectMany(c => c.Reviews))
            db.Run("insert into reviews (payment_id, rules, expires_at) values ($1, $2, $3) on conflict do nothing",
                paymentId, Pg.Jsonb(JsonSerializer.Serialize(suspicion.Rules.Select(MetRuleResponse.Of), Json.Api)),
                suspicion.ReviewUntil);
        Guid[] ended = [.. changes.SelectMany(c => c.ReviewsToEnd)];
        if (ended.Length > 0)
            db.Run("""
                update reviews set status = 'lapsed', decided_at = now() where payment_id = any($1) and status = 'open'
                """, ended);
    }

    /// <summary>Says who decided what. Before the order is closed, which would end the review without a decision.</summary>
    public static void Decide(this PaymentsDb db, Guid paymentId, string status, Caller caller, string? note) =>
        db.Run("""
            update reviews set status = $2, decided_at = now(), account_id = $3, note = $4
             where payment_id = $1 and status = 'open'
            """, paymentId, status, Pg.Uuid(caller.AccountId), Pg.Text(note));
}

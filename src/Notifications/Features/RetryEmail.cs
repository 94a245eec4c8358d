using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Notifications.Jobs;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Puts an e-mail that was given up, or held back because its address was suppressed, into the queue once more: when what was
/// wrong has been mended. Staff.
/// </summary>
internal static class RetryEmail
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/emails/{id:guid}/retry", Handle)
        .RequirePermission(Permissions.EmailsManage)
        .Idempotent()
        .WithSummary("Try an e-mail again")
        .Problems("email_state");

    private static async Task<Accepted<EmailQueued>> Handle(
        Guid id, Caller caller, NotificationsDb db, Wakes<SendMails> wakes, CancellationToken ct)
    {
        var found = await db.Query(
            "select status from mails where id = $1 for update", row => row.GetString(0), ct, id);
        if (found is not [var status])
            throw RuleException.NotFound();
        if (status is not ("failed" or "suppressed"))
            throw new RuleException(
                "email_state", $"This e-mail is {status}. One that failed or was suppressed can be tried again.");
        db.Run("update mails set status = 'queued', attempts = 0, next_try_at = now(), error = null where id = $1", id);
        db.Audit(caller, "email.retry", "email", id, before: new { status });
        db.AfterCommit(wakes.Now);
        return TypedResults.Accepted($"/emails/{id}", new EmailQueued(id, "queued"));
    }
}

using Souk.Platform.Jobs;

namespace Souk.Identity.Jobs;

/// <summary>Removes what has run out: revocations nobody needs any more, links, ended sign-ins and forgiven failures.</summary>
internal sealed class PurgeIdentity(IdentityDb db) : IJob
{
    public Task Run(CancellationToken ct)
    {
        db.Run("delete from revocations where at < now() - interval '15 minutes'");
        db.Run("delete from link_requests where expires_at < now() - interval '30 days'");
        db.Run("delete from sessions where expires_at < now() or ended_at < now() - interval '30 days'");
        db.Run("delete from sign_in_failures where last_at < now() - interval '1 day' and blocked_until < now()");
        return Task.CompletedTask;
    }
}

using Souk.Platform.Jobs;

namespace Souk.Identity.Jobs;

/// <summary>
/// Removes what has run out: revocations nobody needs any more, links, ended sign-ins and forgiven failures. In bounded steps:
/// whoever floods the sign-in makes a row with each try.
/// </summary>
internal sealed class PurgeIdentity(IdentityDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    public async Task Run(CancellationToken ct)
    {
        await db.DeleteInSteps("revocations", "at < now() - interval '15 minutes'", ct);
        await db.DeleteInSteps("link_requests", "expires_at < now() - interval '30 days'", ct);
        // Each by its own index.
        await db.DeleteInSteps("sessions", "expires_at < now()", ct);
        await db.DeleteInSteps("sessions", "ended_at < now() - interval '30 days'", ct);
        await db.DeleteInSteps("sign_in_failures", "last_at < now() - interval '1 day' and blocked_until < now()", ct);
    }
}

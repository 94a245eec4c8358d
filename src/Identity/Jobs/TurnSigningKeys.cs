using Souk.Identity.SignIn;
using Souk.Platform.Jobs;

namespace Souk.Identity.Jobs;

/// <summary>Keeps the ring of signing keys turning: a new key is published ahead, the old one retires when its time is over.</summary>
internal sealed class TurnSigningKeys(SigningKeys keys) : IJob
{
    public Task Run(CancellationToken ct) => keys.Turn(ct);
}

namespace Souk.Platform.Security;

/// <summary>Checks an access token that is not the request's own, as strictly as that one.</summary>
public sealed class TokenCheck
{
    private readonly Callers callers;

    internal TokenCheck(Callers callers) => this.callers = callers;

    /// <summary>Who it stands for; null when it is not good, has run out or was revoked.</summary>
    public ValueTask<Caller?> Caller(string token, CancellationToken ct) => callers.OfToken(token, ct);
}

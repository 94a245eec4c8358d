using System.Net;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform.Http;

namespace Souk.Identity.Features;

/// <summary>What <c>/auth/login</c> and its aliases do.</summary>
internal sealed class PasswordSignIn(
    IdentityDb db, Credentials credentials, Passwords passwords, SignInDelays delays,
    Devices devices, SignIns signIns, IOptions<IdentityOptions> options)
{
    public async Task<Results<Ok<LoginResponse>, Problem>> Run(
        string name, string password, string? deviceToken, IPAddress? address, CancellationToken ct)
    {
        var account = await credentials.Named(name, ct);
        var device = account is null ? null : devices.Read(deviceToken, account.Id);
        // A device that is known is counted for itself alone: neither strangers nor its network can lock the owner out.
        string[] scopes = device is { } known
            ? [SignInDelays.Device(account!.Id, known)]
            : [account is null ? delays.Unknown(name) : SignInDelays.Account(account.Id), SignInDelays.Network(address)];
        await delays.Check(scopes, ct);

        var check = await passwords.Check(account?.PasswordHash, password, ct);
        var isKnown = account is not null && account.Status != AccountStatus.Closed && (account.IsVerified || !options.Value.RequireVerifiedEmail);
        if (check == PasswordCheck.Wrong || !isKnown)
        {
            await delays.Failed(scopes, ct);
            throw new RuleException(401, "invalid_credentials", options.Value.RequireVerifiedEmail
                ? "Name or password is wrong, or the address is not verified yet."
                : "Name or password is wrong.");
        }
        if (account!.Status == AccountStatus.Suspended)
            throw new RuleException(403, "account_suspended", "This account is suspended. Write to support.");
        var hash = account.PasswordHash!;
        if (check == PasswordCheck.RightButOld)
        {
            hash = await passwords.Hash(password, ct);
            db.Run("update accounts set password_hash = $2 where id = $1 and password_hash = $3", account.Id, hash, account.PasswordHash);
        }
        SignInDelays.Forgive(db, scopes[0]);
        return await signIns.AfterPassword(account, hash, deviceToken, ct);
    }
}

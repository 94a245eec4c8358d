using Souk.Contracts.Identity;

namespace Souk.Host.Internal;

/// <summary>Identity's reads when another process hosts it.</summary>
internal sealed class IdentityOverHttp(Neighbour identity) : IIdentityApi
{
    /// <summary>The other end.</summary>
    public static void Answer(InternalRoutes<IIdentityApi> routes)
    {
        routes.Answer<Guid, Addressee?>("account", (identity, id, ct) => identity.Account(id, ct));
        routes.Answer<MembersWho, IReadOnlyList<Addressee>>(
            "members", (identity, who, ct) => identity.Members(who.CompanyId, who.Permission, ct));
        routes.Answer<Guid, MailedLink?>("link", (identity, id, ct) => identity.Link(id, ct));
        routes.Answer<long, Revocations>("revocations", (identity, after, ct) => identity.Revocations(after, ct));
        routes.Answer<bool, IReadOnlyList<VerificationKey>>("keys", (identity, _, ct) => identity.Keys(ct));
        routes.Answer<string, ApiKeyOwner?>("api-key", (identity, key, ct) => identity.ApiKey(key, ct));
    }

    public Task<Addressee?> Account(Guid accountId, CancellationToken ct) =>
        identity.Ask<Guid, Addressee?>("account", accountId, ct);

    public Task<IReadOnlyList<Addressee>> Members(Guid companyId, string permission, CancellationToken ct) =>
        identity.Ask<MembersWho, IReadOnlyList<Addressee>>("members", new(companyId, permission), ct);

    public Task<MailedLink?> Link(Guid requestId, CancellationToken ct) =>
        identity.Ask<Guid, MailedLink?>("link", requestId, ct);

    public Task<Revocations> Revocations(long after, CancellationToken ct) =>
        identity.Ask<long, Revocations>("revocations", after, ct);

    // There is nothing to say with it; a body there is all the same.
    public Task<IReadOnlyList<VerificationKey>> Keys(CancellationToken ct) =>
        identity.Ask<bool, IReadOnlyList<VerificationKey>>("keys", true, ct);

    public Task<ApiKeyOwner?> ApiKey(string key, CancellationToken ct) =>
        identity.Ask<string, ApiKeyOwner?>("api-key", key, ct);

    private sealed record MembersWho(Guid CompanyId, string Permission);
}

using Npgsql;
using Souk.Identity.Domain;
using Souk.Platform.Db;

namespace Souk.Identity.SignIn;

/// <summary>What is needed of an account to check a password.</summary>
internal sealed record Credential(
    Guid Id, string? Email, string? Username, string? PasswordHash, string Status, bool IsVerified, bool HasSecondStep);

/// <summary>
/// Reads accounts outside of the request's transaction, because a password is hashed between: no connection is held for the
/// tenth of a second that takes.
/// </summary>
internal sealed class Credentials(Service<IdentityDb> service)
{
    private const string Columns = """
        a.id, a.email, a.username, a.password_hash, a.status, a.email_verified_at is not null,
        exists (select 1 from totp t where t.account_id = a.id and t.confirmed_at is not null)
        """;

    /// <summary>The account that signs in with this address or username.</summary>
    public Task<Credential?> Named(string name, CancellationToken ct) => name.Contains('@', StringComparison.Ordinal)
        ? Read($"select {Columns} from accounts a where a.email_key = $1", Emails.Key(name), ct)
        : Read($"select {Columns} from accounts a where a.username_key = $1", Usernames.Key(name)!, ct);

    public Task<Credential?> Of(Guid accountId, CancellationToken ct) =>
        Read($"select {Columns} from accounts a where a.id = $1", accountId, ct);

    /// <summary>The account of a link that can still be used.</summary>
    public Task<Credential?> OfLink(Guid requestId, string purpose, CancellationToken ct) => Read($"""
        select {Columns} from link_requests r join accounts a on a.id = r.account_id
         where r.id = $1 and r.purpose = '{purpose}' and r.used_at is null and r.expires_at > now() and a.status = 'active'
           and {LinkRequest.IsNewest}
        """, requestId, ct);

    private async Task<Credential?> Read(string sql, object arg, CancellationToken ct) =>
        (await service.Query(sql, Of, ct, arg)).FirstOrDefault();

    private static Credential Of(NpgsqlDataReader row) => new(
        row.GetGuid(0), Text(row, 1), Text(row, 2), Text(row, 3), row.GetString(4), row.GetBoolean(5), row.GetBoolean(6));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Souk.Contracts.Identity;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform.Db;

namespace Souk.Identity;

/// <summary>Answers what other services ask while a caller waits. Reads only, each one statement.</summary>
internal sealed class IdentityApi(Service<IdentityDb> service, SigningKeys keys, Links links) : IIdentityApi
{
    private const int MailedMembersMax = 20;

    // A transaction that got its number before a faster one may commit after it: what is young is told again.
    private const string Overlap = "30 seconds";
    private const string RevocationLife = "10 minutes";

    public async Task<Addressee?> Account(Guid accountId, CancellationToken ct) => await First($"""
        select {AddresseeColumns} from accounts a where a.id = $1 and a.status <> 'closed' and a.email is not null
        """, ReadAddressee, ct, accountId);

    public async Task<IReadOnlyList<Addressee>> Members(
        Guid companyId, string permission, CancellationToken ct) => await service.Query($"""
        select {AddresseeColumns} from members m join accounts a on a.id = m.account_id
         where m.company_id = $1 and a.status = 'active' and a.email is not null
           and (m.role = any($2) or exists (
                select 1 from roles r where r.company_id = m.company_id and r.name = m.role and $3 = any(r.permissions)))
         order by m.joined_at limit {MailedMembersMax}
        """, ReadAddressee, ct, companyId,
        Roles.OfCompany.Where(role => role.Value.Contains(permission)).Select(role => role.Key).ToArray(), permission);

    public async Task<MailedLink?> Link(Guid requestId, CancellationToken ct) => await First($"""
        select r.purpose, coalesce(r.email, a.email), concat_ws(' ', nullif(a.first_name, ''), nullif(a.last_name, '')), coalesce(a.locale, 'en'), c.name
          from link_requests r left join accounts a on a.id = r.account_id left join companies c on c.id = r.company_id
         where r.id = $1 and r.used_at is null and r.expires_at > now() and coalesce(r.email, a.email) is not null
           and {LinkRequest.IsNewest}
        """, row => new MailedLink(
            new Addressee(row.GetString(1), row.GetString(2).Trim(), row.GetString(3)), links.Url(requestId, row.GetString(0)),
            links.Token(requestId, row.GetString(0)), row.IsDBNull(4) ? null : row.GetString(4)),
        ct, requestId);

    public async Task<Revocations> Revocations(long after, CancellationToken ct)
    {
        var rows = await service.Query($"""
            select id, session_id, account_id, not_before from revocations
             where (id > $1 or at > now() - interval '{Overlap}') and at > now() - interval '{RevocationLife}' order by id
            """, row => (Id: row.GetInt64(0), Item: new Revocation(
                row.IsDBNull(1) ? null : row.GetGuid(1), row.GetGuid(2), row.GetFieldValue<DateTimeOffset>(3))), ct, after);
        return new Revocations(rows.Count == 0 ? after : Math.Max(after, rows[^1].Id), [.. rows.Select(row => row.Item)]);
    }

    public Task<IReadOnlyList<VerificationKey>> Keys(CancellationToken ct) => keys.Published(ct);

    public async Task<ApiKeyOwner?> ApiKey(string key, CancellationToken ct) => await First("""
        select k.id, k.account_id, k.company_id, k.permissions, m.role, c.kind, c.status,
               (select r.permissions from roles r where r.company_id = m.company_id and r.name = m.role)
          from api_keys k join accounts a on a.id = k.account_id join companies c on c.id = k.company_id
          join members m on m.company_id = k.company_id and m.account_id = k.account_id
         where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and a.status = 'active'
        """, row => new ApiKeyOwner(
            row.GetGuid(0), row.GetGuid(1), row.GetGuid(2),
            // Never more than who made it may today.
            [.. row.GetFieldValue<string[]>(3).Intersect(Roles.Permissions(
                row.GetString(4), row.IsDBNull(7) ? null : row.GetFieldValue<string[]>(7), row.GetString(5), row.GetString(6)))]),
        ct, HashOf(key));

    /// <summary>What is stored of an API key. It is random to the last bit, so a plain hash is enough.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private const string AddresseeColumns =
        "a.email, concat_ws(' ', nullif(a.first_name, ''), nullif(a.last_name, '')), a.locale, a.id";

    private static Addressee ReadAddressee(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetGuid(3));

    private async Task<T?> First<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object[] args) where T : class =>
        (await service.Query(sql, read, ct, args)).FirstOrDefault();
}

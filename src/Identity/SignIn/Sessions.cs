using Microsoft.Extensions.Options;
using Npgsql;
using Souk.Contracts.Identity;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.SignIn;

/// <summary>What a client gets when it signs in or refreshes.</summary>
/// <param name="AccessToken">Send it as <c>Authorization: Bearer</c>.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token runs out.</param>
/// <param name="RefreshToken">Good for one <c>POST /auth/refresh-token</c>.</param>
/// <param name="RefreshExpiresIn">Seconds until the refresh token runs out.</param>
public sealed record TokensResponse(string AccessToken, string TokenType, int ExpiresIn, string RefreshToken, int RefreshExpiresIn);

/// <summary>What became of a refresh.</summary>
internal enum Refreshed
{
    Done,
    Refused,

    /// <summary>A token came back that had been used before: all of the sign-in's tokens are ended.</summary>
    FamilyEnded,
}

/// <summary>
/// Sign-ins and their tokens. What an account may is read after its row was locked for share, and whatever takes a right
/// away locks the row for update before it notes the time: so no token with the old rights is younger than that time.
/// </summary>
internal sealed class Sessions(
    SigningKeys keys, RefreshTokens refreshTokens, RevokedTokens revoked, IOptions<IdentityOptions> options, IOptions<TokenOptions> tokens)
{
    /// <summary>How long the direct predecessor of a refresh token gets the same successor again: its answer may have been lost.</summary>
    private const string Grace = "10 seconds";

    private const string LockAccount = "select 1 from accounts where id = $1 for share";

    /// <summary>Begins a sign-in: a new session with its first tokens.</summary>
    public async Task<TokensResponse> Begin(IdentityDb db, Guid accountId, CancellationToken ct)
    {
        var first = RefreshTokens.First(Guid.CreateVersion7());
        db.Ask(LockAccount, _ => { }, accountId);
        db.Run("""
            insert into sessions (id, account_id, token_hash, expires_at) values ($1, $2, $3, now() + least($4::interval, $5::interval))
            """, first.SessionId, accountId, first.Hash, options.Value.SessionIdle, options.Value.SessionMax);
        var idle = options.Value.SessionIdle < options.Value.SessionMax ? options.Value.SessionIdle : options.Value.SessionMax;
        return await Issue(db, accountId, first, (int)idle.TotalSeconds, ct);
    }

    /// <summary>Takes a refresh token for the next one (P25).</summary>
    public async Task<(Refreshed Outcome, TokensResponse? Tokens)> Refresh(IdentityDb db, string text, CancellationToken ct)
    {
        if (refreshTokens.Read(text) is not { } token)
            return (Refreshed.Refused, null);
        // The account first, then the session: the order in which whoever ends sessions locks them.
        db.Ask("select 1 from accounts where id = (select account_id from sessions where id = $1) for share", _ => { }, token.SessionId);
        var rows = await db.Query($"""
            select s.account_id, s.generation, s.token_hash, s.previous_hash, s.rotated_at > clock_timestamp() - interval '{Grace}' as fresh,
                   s.ended_at is null and s.expires_at > now() and a.status = 'active' as alive
              from sessions s join accounts a on a.id = s.account_id where s.id = $1 for update of s
            """, SessionRow.Read, ct, token.SessionId);
        if (rows is not [var session] || !session.Alive)
            return (Refreshed.Refused, null);

        var successor = refreshTokens.After(token);
        var hash = token.Hash;
        if (token.Generation == session.Generation && hash.AsSpan().SequenceEqual(session.TokenHash))
            db.Run("""
                update sessions set generation = generation + 1, previous_hash = token_hash, token_hash = $2, rotated_at = clock_timestamp(),
                       expires_at = least(now() + $3::interval, created_at + $4::interval)
                 where id = $1
                """, token.SessionId, successor.Hash, options.Value.SessionIdle, options.Value.SessionMax);
        else if (token.Generation != session.Generation - 1 || !session.Fresh || !hash.AsSpan().SequenceEqual(session.PreviousHash))
        {
            End(db, token.SessionId, session.AccountId, "refresh token used twice");
            db.Publish(new RefreshTokenReused(session.AccountId, token.SessionId));
            return (Refreshed.FamilyEnded, null);
        }
        var left = await db.Query(
            "select extract(epoch from expires_at - now())::int from sessions where id = $1", row => row.GetInt32(0), ct, token.SessionId);
        return (Refreshed.Done, await Issue(db, session.AccountId, successor, left[0], ct));
    }

    /// <summary>Ends one sign-in: its refresh token at once, its access tokens everywhere within seconds.</summary>
    public void End(IdentityDb db, Guid sessionId, Guid accountId, string reason)
    {
        db.Run("update sessions set ended_at = now(), end_reason = $2 where id = $1 and ended_at is null", sessionId, reason);
        db.Run("insert into revocations (session_id, account_id, not_before) values ($1, $2, clock_timestamp())", sessionId, accountId);
        db.AfterCommit(revoked.AskNow);
    }

    /// <summary>Ends all sign-ins of an account.</summary>
    public void EndAll(IdentityDb db, Guid accountId, string reason)
    {
        TokensEnd(db, accountId);
        db.Run("update sessions set ended_at = now(), end_reason = $2 where account_id = $1 and ended_at is null", accountId, reason);
    }

    /// <summary>Ends the access tokens of accounts that may less than before; a refresh brings what they may now.</summary>
    public void TokensEnd(IdentityDb db, params Guid[] accountIds)
    {
        // The clock is read for each row after its lock was granted, see above.
        db.Run("""
            with a as materialized (select id from accounts where id = any($1) order by id for no key update)
            insert into revocations (account_id, not_before) select id, clock_timestamp() from a
            """, accountIds);
        db.AfterCommit(revoked.AskNow);
    }

    private async Task<TokensResponse> Issue(IdentityDb db, Guid accountId, RefreshToken refresh, int refreshSeconds, CancellationToken ct)
    {
        var rows = await db.Query("""
            select clock_timestamp(), a.kind, a.staff_role, m.company_id, m.role, c.kind, c.status,
                   a.kind = 'staff' and exists (select 1 from totp t where t.account_id = a.id and t.confirmed_at is not null),
                   case when m.company_id is null
                        then (select r.permissions from roles r where r.company_id is null and r.name = a.staff_role)
                        else (select r.permissions from roles r where r.company_id = m.company_id and r.name = m.role) end,
                   m.shop_id
              from accounts a left join members m on m.account_id = a.id left join companies c on c.id = m.company_id
             where a.id = $1 and a.status = 'active' order by m.company_id
            """, Grant.Read, ct, accountId);
        if (rows.Count == 0)
            throw new RuleException(403, "account_suspended", "This account is suspended. Write to support.");
        var account = rows[0];
        var sets = new List<IReadOnlyList<string>>();
        var companies = new Dictionary<Guid, int>();
        foreach (var member in rows.Where(row => row.CompanyId is not null))
        {
            var granted = Roles.Permissions(member.Role!, member.Made, member.CompanyKind!, member.CompanyStatus!, member.ShopId is not null);
            var set = sets.FindIndex(known => known.SequenceEqual(granted));
            if (set < 0)
            {
                set = sets.Count;
                sets.Add(granted);
            }
            companies.Add(member.CompanyId!.Value, set);
        }
        var shops = rows.Where(row => row.ShopId is not null).ToDictionary(row => row.CompanyId!.Value, row => row.ShopId!.Value);
        // Rounded up: a token must not look older than a revocation of the same millisecond before it.
        var issuedAt = Math.Ceiling((account.Now - DateTimeOffset.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerMillisecond) / 1000;
        // Until a member of staff has the second step that is asked for, the token opens their own account only.
        var permissions = account.StaffRole is { } role && (account.HasSecondStep || !options.Value.StaffNeedTwoSteps)
            ? Roles.StaffPermissions(role, account.Made)
            : [];
        var token = new AccessToken(
            tokens.Value.Issuer, tokens.Value.Audience, accountId, refresh.SessionId,
            issuedAt, issuedAt, issuedAt + (int)tokens.Value.Lifetime.TotalSeconds, account.Kind,
            permissions, companies, sets, shops.Count == 0 ? null : shops);
        return new TokensResponse(
            await keys.Sign(token, ct), "Bearer", (int)tokens.Value.Lifetime.TotalSeconds, refreshTokens.Write(refresh), refreshSeconds);
    }

    private sealed record SessionRow(Guid AccountId, int Generation, byte[] TokenHash, byte[]? PreviousHash, bool Fresh, bool Alive)
    {
        public static SessionRow Read(NpgsqlDataReader row) => new(
            row.GetGuid(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2), row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3),
            !row.IsDBNull(4) && row.GetBoolean(4), row.GetBoolean(5));
    }

    private sealed record Grant(
        DateTimeOffset Now, string Kind, string? StaffRole, Guid? CompanyId, string? Role, string? CompanyKind, string? CompanyStatus,
        bool HasSecondStep, string[]? Made, Guid? ShopId)
    {
        public static Grant Read(NpgsqlDataReader row) => new(
            row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2),
            row.IsDBNull(3) ? null : row.GetGuid(3), row.IsDBNull(4) ? null : row.GetString(4),
            row.IsDBNull(5) ? null : row.GetString(5), row.IsDBNull(6) ? null : row.GetString(6), row.GetBoolean(7),
            row.IsDBNull(8) ? null : row.GetFieldValue<string[]>(8), row.IsDBNull(9) ? null : row.GetGuid(9));
    }
}

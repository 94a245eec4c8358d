using Souk.Notifications.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications;

/// <summary>What accounts want to hear of, and how.</summary>
internal static class Preferences
{
    /// <summary>What an account said; what it never spoke of is not in it.</summary>
    public static async Task<Dictionary<(string Kind, string Channel), bool>> PreferencesOf(
        this NotificationsDb db, Guid accountId, CancellationToken ct) =>
        (await db.Query(
            "select kind, channel, wanted from preferences where account_id = $1",
            row => (Key: (row.GetString(0), row.GetString(1)), Wanted: row.GetBoolean(2)), ct, accountId))
        .ToDictionary(row => row.Key, row => row.Wanted);

    /// <summary>Whether an account gets this kind by e-mail.</summary>
    public static async Task<bool> WantsEmail(
        this NotificationsDb db, Guid accountId, Kind kind, CancellationToken ct) =>
        kind.IsFixed || kind.Goes(Channels.Email, await db.Query(
            "select wanted from preferences where account_id = $1 and kind = $2 and channel = 'email'",
            row => row.GetBoolean(0), ct, accountId, kind.Name) is [var said] ? said : null);

    /// <summary>Keeps what an account says.</summary>
    /// <exception cref="RuleException">422 <c>always_sent</c>: its mails cannot be switched off.</exception>
    public static void Prefer(
        this NotificationsDb db, Guid accountId, Kind kind, string channel, bool wanted, string pointer = "/kind")
    {
        if (channel == Channels.Email && kind.IsFixed && !wanted)
            throw RuleException.Invalid(
                pointer, "always_sent",
                $"E-mails of the kind '{kind.Name}' are always sent. Switch off other kinds, or the inbox.");
        db.Run("""
            insert into preferences (account_id, kind, channel, wanted) values ($1, $2, $3, $4)
            on conflict (account_id, kind, channel) do update set wanted = excluded.wanted, at = now()
            """,
            accountId, kind.Name, channel, wanted);
    }

    /// <summary>The account of a person. What is meant for one is not for the API keys they made.</summary>
    /// <exception cref="RuleException">403 <c>api_key_not_allowed</c>.</exception>
    public static Guid Person(this Caller caller) => caller is { AccountId: { } account, ApiKeyId: null }
        ? account
        : throw new RuleException(403, "api_key_not_allowed", "An API key may not do this. Sign in as a person.");
}

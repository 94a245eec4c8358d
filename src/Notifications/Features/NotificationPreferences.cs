using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Notifications.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// What the caller hears of, by e-mail and in the inbox: shown, changed, subscribed to and unsubscribed from. Everybody for
/// themselves. What buyers and account holders must hear of cannot be switched off.
/// </summary>
internal static class NotificationPreferences
{
    private static readonly NotificationPreferencesAnswer Example = Answer([]);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/notifications/preferences", Show)
            .RequireSignIn()
            .WithSummary("Show what you hear of")
            .Problems("403 api_key_not_allowed")
            .WithExample(response: Example);
        routes.MapPut("/notifications/preferences", Change)
            .RequireSignIn()
            .WithSummary("Change what you hear of")
            .WithDescription("Kinds, and channels of a kind, that are left out stay as they are.")
            .Problems("403 api_key_not_allowed", "412 stale", "422 always_sent", "422 unknown_kind")
            .WithExample(
                new ChangeNotificationPreferencesRequest([new("sales", Email: false), new("news", Email: true)]),
                Example);
        foreach (var prefix in new[] { "/notifications", "/notification" })
        {
            Describe(routes.MapPost($"{prefix}/subscribe", Subscribe), "Subscribe to a kind of message", prefix,
                "subscribe");
            Describe(routes.MapPost($"{prefix}/unsubscribe", Unsubscribe), "Unsubscribe from a kind of message", prefix,
                "unsubscribe");
        }

        static void Describe(RouteHandlerBuilder route, string summary, string prefix, string verb)
        {
            route.RequireSignIn()
                .WithSummary(summary)
                .WithDescription("By e-mail, unless `channel` says `inbox`. Done twice it is done once.")
                .Problems("403 api_key_not_allowed", "422 always_sent", "422 unknown_kind")
                .WithExample(new NotificationSubscriptionRequest("news"), Example);
            if (prefix == "/notification")
                route.Alias($"POST /notifications/{verb}");
        }
    }

    private static async Task<NotificationPreferencesAnswer> Show(
        Caller caller, NotificationsDb db, HttpContext http, CancellationToken ct)
    {
        var answer = Answer(await db.PreferencesOf(caller.Person(), ct));
        ETag.Set(http, answer.Tag);
        return answer;
    }

    private static async Task<NotificationPreferencesAnswer> Change(
        ChangeNotificationPreferencesRequest request, Caller caller, NotificationsDb db, HttpContext http,
        CancellationToken ct)
    {
        var account = caller.Person();
        ETag.Check(http, Answer(await db.PreferencesOf(account, ct)).Tag);
        for (var i = 0; i < request.Preferences.Count; i++)
        {
            var (pointer, wish) = ($"/preferences/{i}", request.Preferences[i]);
            var kind = Known(wish.Kind, $"{pointer}/kind");
            if (wish.Email is { } email)
                db.Prefer(account, kind, Channels.Email, email, $"{pointer}/email");
            if (wish.Inbox is { } inbox)
                db.Prefer(account, kind, Channels.Inbox, inbox, $"{pointer}/inbox");
        }
        return await Show(caller, db, http, ct);
    }

    private static Task<NotificationPreferencesAnswer> Subscribe(
        NotificationSubscriptionRequest request, Caller caller, NotificationsDb db, HttpContext http,
        CancellationToken ct) =>
        Set(request, wanted: true, caller, db, http, ct);

    private static Task<NotificationPreferencesAnswer> Unsubscribe(
        NotificationSubscriptionRequest request, Caller caller, NotificationsDb db, HttpContext http,
        CancellationToken ct) =>
        Set(request, wanted: false, caller, db, http, ct);

    private static Task<NotificationPreferencesAnswer> Set(
        NotificationSubscriptionRequest request, bool wanted, Caller caller, NotificationsDb db, HttpContext http,
        CancellationToken ct)
    {
        db.Prefer(caller.Person(), Known(request.Kind, "/kind"), request.Channel, wanted);
        return Show(caller, db, http, ct);
    }

    private static Kind Known(string name, string pointer) => Kinds.Find(name)
        ?? throw RuleException.Invalid(
            pointer, "unknown_kind",
            $"Kinds of messages are: {string.Join(", ", Kinds.All.Select(kind => kind.Name))}.");

    private static NotificationPreferencesAnswer Answer(Dictionary<(string Kind, string Channel), bool> said)
    {
        return new([.. Kinds.All.Select(kind => new NotificationPreference(
            kind.Name, kind.About, Goes(kind, Channels.Email), Goes(kind, Channels.Inbox), kind.IsFixed))]);

        bool Goes(Kind kind, string channel) =>
            kind.Goes(channel, said.TryGetValue((kind.Name, channel), out var wanted) ? wanted : null);
    }
}

/// <summary>What to hear of.</summary>
/// <param name="Preferences">Each kind once.</param>
public sealed record ChangeNotificationPreferencesRequest(
    [property: Required, Length(1, 20)] IReadOnlyList<NotificationWish> Preferences);

/// <summary>Whether a kind of message comes, and how.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Email">Whether by e-mail; left out, that stays as it is.</param>
/// <param name="Inbox">Whether in the inbox; left out, that stays as it is.</param>
public sealed record NotificationWish(
    [property: Required, StringLength(40)] string Kind, bool? Email = null, bool? Inbox = null);

/// <summary>A kind of message that begins or ends.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Channel"><c>email</c> or <c>inbox</c>.</param>
public sealed record NotificationSubscriptionRequest(
    [property: Required, StringLength(40)] string Kind,
    [property: AllowedValues(Channels.Email, Channels.Inbox)] string Channel = Channels.Email);

/// <summary>What somebody hears of.</summary>
/// <param name="Preferences">Every kind there is.</param>
public sealed record NotificationPreferencesAnswer(IReadOnlyList<NotificationPreference> Preferences)
{
    /// <summary>Its ETag: the same answer has the same one.</summary>
    internal string Tag => string.Concat(
        Preferences.Select(one => $"{one.Kind}{(one.Email ? 1 : 0)}{(one.Inbox ? 1 : 0)}"));
}

/// <summary>A kind of message.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="About">What such messages are about.</param>
/// <param name="Email">Whether it comes by e-mail.</param>
/// <param name="Inbox">Whether it comes in the inbox.</param>
/// <param name="IsAlwaysSent">Whether its e-mails cannot be switched off.</param>
public sealed record NotificationPreference(string Kind, string About, bool Email, bool Inbox, bool IsAlwaysSent);

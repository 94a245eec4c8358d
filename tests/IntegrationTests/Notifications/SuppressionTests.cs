using System.Globalization;
using System.Text;
using System.Text.Json;
using Souk.Platform.Security;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Addresses that bounce get no more mail until staff says so.</summary>
public class SuppressionTests(NotificationsAlone souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_that_bounces_is_the_last_one_until_staff_lifts_it()
    {
        var staff = souk.Staff();
        var (account, email) = souk.Person();
        var first = await Mail(staff, account);
        await Is(staff, first, "sent");

        await Bounce(new
        {
            recipient = email.ToUpperInvariant(), type = "hard", message_id = $"<{first:N}@souk.localhost>",
            detail = $"550 5.1.1 <{email}> unknown",
        });
        await Is(staff, first, "bounced");
        var second = await Mail(staff, account);
        await Is(staff, second, "suppressed");

        var entry = (await Get(staff, $"/email-suppressions?recipient={email}")).GetProperty("data")[0];
        Assert.Equal(
            ("p***@example.com", "bounce", first),
            (Text(entry, "recipient"), Text(entry, "reason"), entry.GetProperty("email_id").GetGuid()));
        Assert.Equal("550 5.1.1 <p***@example.com> unknown", Text(entry, "detail"));
        Assert.Equal(entry.ToString(), (await Get(staff, $"/email-suppressions/{Text(entry, "id")}")).ToString());
        var kept = await souk.Query(
            "select s::text from notifications.suppressions s where mail_id = $1", row => row.GetString(0), first);
        Assert.DoesNotContain(email, Assert.Single(kept), StringComparison.OrdinalIgnoreCase);

        Assert.Equal(403, await Lift(souk.Staff(Permissions.EmailsRead)));
        Assert.Equal(204, await Lift(staff));
        Assert.Equal(404, await Lift(staff));
        await Post(staff, $"/emails/{second}/retry", new { }, 202);
        await Is(staff, second, "sent");
        Assert.Equal("email_state", Text(await Post(staff, $"/emails/{second}/retry", new { }, 409), "code"));
        await Post(staff, $"/emails/{Guid.CreateVersion7()}/retry", new { }, 404);
        Assert.Equal(2, (await Get(staff, $"/emails?recipient={email}")).GetProperty("data").GetArrayLength());
        Assert.Equal(2, (await souk.Mails(email, 2)).Count);
        var deeds = await souk.Query(
            "select action from notifications.audit where entity_id = any($1) order by action", row => row.GetString(0),
            new[] { entry.GetProperty("id").GetGuid(), second });
        Assert.Equal(["email.retry", "email.send", "email_suppression.lift"], deeds);

        async Task<int> Lift(HttpClient client) =>
            (int)(await client.DeleteAsync($"/email-suppressions/{Text(entry, "id")}", Ct)).StatusCode;
    }

    [Fact]
    public async Task A_full_mailbox_is_written_to_again_and_one_who_complained_is_not()
    {
        var staff = souk.Staff();
        var ((full, fulls), (angry, angrys)) = (souk.Person(), souk.Person());
        var mail = await Mail(staff, full);
        await Is(staff, mail, "sent");

        var message = $"<{mail:N}@souk.localhost>";
        await Bounce(new { recipient = fulls, type = "soft", message_id = message, detail = "452 4.2.2 full" });
        await Bounce(new { recipient = angrys, type = "complaint" });

        var told = await Get(staff, $"/emails/{mail}");
        Assert.Equal(("sent", "452 4.2.2 full"), (Text(told, "status"), Text(told, "error")));
        await Is(staff, await Mail(staff, full), "sent");
        await Is(staff, await Mail(staff, angry), "suppressed");
        var complained = await Get(staff, $"/email-suppressions?recipient={angrys}&reason=complaint");
        Assert.Equal("complaint", Text(complained.GetProperty("data")[0], "reason"));
    }

    [Fact]
    public async Task Nobody_is_believed_who_does_not_hold_the_secret()
    {
        var (_, email) = souk.Person();
        var said = new { recipient = email, type = "hard" };
        await Bounce(said, 401, secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        await Bounce(said, 401, age: TimeSpan.FromMinutes(6));
        await Bounce(said, 401, age: -TimeSpan.FromMinutes(6));
        await Bounce(said, 401, change: body => body.Replace("hard", "soft", StringComparison.Ordinal));
        await Post(souk.Guest(), "/emails/bounces", said, 401);

        Assert.Equal("wrong_type", Text(await Bounce(new { recipient = 7, type = "hard" }, 400), "code"));
        await Bounce(new { recipient = email, type = "hard", colour = "red" }, 400);
        await Bounce(new { recipient = "nobody", type = "hard" }, 422);
        await Bounce(new { recipient = email, type = "firm" }, 422);
        Assert.Empty(
            (await Get(souk.Staff(), $"/email-suppressions?recipient={email}")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Staff_adds_an_address_once()
    {
        var (account, email) = souk.Person();
        var staff = souk.Staff();
        await Post(staff, "/email-suppressions", new { recipient = email, detail = "By phone." });

        Assert.Equal(
            "already_exists", Text(await Post(staff, "/email-suppressions", new { recipient = email }, 409), "code"));
        await Post(staff, "/email-suppressions", new { recipient = "nobody" }, 422);
        await Post(souk.As(account), "/email-suppressions", new { recipient = email }, 403);
        await Is(staff, await Mail(staff, account), "suppressed");
    }

    private static async Task<Guid> Mail(HttpClient staff, Guid account) =>
        (await Post(staff, "/emails", new { account_id = account, subject = "Hello", body = "You." }, 202))
        .GetProperty("id").GetGuid();

    private static Task Is(HttpClient staff, Guid mail, string status) =>
        Eventually(async () => Assert.Equal(status, Text(await Get(staff, $"/emails/{mail}"), "status")));

    private async Task<JsonElement> Bounce(
        object said, int status = 204, string secret = NotificationsAlone.BounceSecret, TimeSpan age = default,
        Func<string, string>? change = null)
    {
        var body = JsonSerializer.Serialize(said);
        var id = $"msg_{Guid.CreateVersion7():N}";
        var at = (DateTimeOffset.UtcNow - age).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/emails/bounces")
        {
            Content = new StringContent(change?.Invoke(body) ?? body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", at);
        request.Headers.Add("webhook-signature",
            new WebhookSignatures(secret, TimeProvider.System).Sign(id, at, Encoding.UTF8.GetBytes(body)));
        return await Body(await souk.Guest().SendAsync(request, Ct), status);
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}

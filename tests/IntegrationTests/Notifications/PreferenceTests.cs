using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Notifications;

/// <summary>What people want to hear of, and how they say so: by preferences, and by the link in a mail.</summary>
public partial class PreferenceTests(NotificationsAlone souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_member_of_a_company_gets_a_mail_of_their_own_unless_they_do_not_want_it()
    {
        var ((anna, annas), (bo, bos), (buyer, _)) = (souk.Person("Anna"), souk.Person("Bo", "de"), souk.Person());
        await Put(souk.As(bo), "/notifications/preferences",
            new { preferences = new[] { new { kind = "sales", email = false } } });
        var company = souk.Company(anna, bo);

        var order = await souk.Sold(buyer, null, company);
        await Eventually(async () => Assert.Equal(["sent", "skipped"], await Statuses(order.OrderId)));
        await Post(souk.As(bo), "/notifications/subscribe", new { kind = "sales" }, 200);
        await souk.Sold(buyer, null, company);

        Assert.Equal("Hello Anna,", (await souk.Mails(annas, 2))[0].GetProperty("text").GetString()!.Split('\n')[0]);
        Assert.Equal("Guten Tag Bo,", (await souk.Mails(bos, 1))[0].GetProperty("text").GetString()!.Split('\n')[0]);
    }

    [Fact]
    public async Task Preferences_are_shown_and_changed_and_what_must_be_sent_stays_on()
    {
        var client = souk.As(Guid.CreateVersion7());
        var before = await client.GetAsync("/notifications/preferences", Ct);
        Assert.Equal((true, true), Of(await Body(before, 200), "sales"));
        Assert.Equal((false, false), Of(await Body(before, 200), "news"));

        Assert.Equal(
            (true, false), Of(await Post(client, "/notification/subscribe", new { kind = "news" }, 200), "news"));
        await Post(client, "/notifications/subscribe", new { kind = "news" }, 200);
        var quiet = await Post(client, "/notification/unsubscribe", new { kind = "orders", channel = "inbox" }, 200);
        Assert.Equal((true, false), Of(quiet, "orders"));
        Assert.Equal(
            (false, false), Of(await Post(client, "/notifications/unsubscribe", new { kind = "news" }, 200), "news"));

        foreach (var kind in new[] { "account", "orders", "messages" })
            Assert.Equal("always_sent", Code(await Post(client, "/notifications/unsubscribe", new { kind }, 422)));
        Assert.Equal(
            "unknown_kind", Code(await Post(client, "/notifications/subscribe", new { kind = "gossip" }, 422)));
        await Post(client, "/notifications/subscribe", new { kind = "news", channel = "pigeon" }, 422);
        await Post(client, "/notifications/subscribe", new { }, 400);
        await Post(souk.Guest(), "/notifications/subscribe", new { kind = "news" }, 401);
        var wrong = new
        {
            preferences = new object[] { new { kind = "news", email = true }, new { kind = "account", email = false } },
        };
        Assert.Equal("always_sent", Code(await Put(client, "/notifications/preferences", wrong, 422)));
        Assert.Equal((false, false), Of(await Get(client, "/notifications/preferences"), "news"));

        using var stale = new HttpRequestMessage(HttpMethod.Put, "/notifications/preferences")
        {
            Content = JsonContent.Create(new { preferences = new[] { new { kind = "news", email = true } } }),
        };
        stale.Headers.Add("If-Match", before.Headers.ETag!.Tag);
        Assert.Equal(412, (int)(await client.SendAsync(stale, Ct)).StatusCode);
    }

    [Fact]
    public async Task News_reaches_only_who_asked_for_it_and_its_link_ends_it_with_one_click()
    {
        var (account, email) = souk.Person();
        var staff = souk.Staff();
        await Post(staff, "/emails", new { recipient = email, subject = "Sale", body = "Lamps!", kind = "news" }, 422);
        var unwanted = await News();
        Assert.Equal("skipped", await Status(unwanted));

        await Post(souk.As(account), "/notifications/subscribe", new { kind = "news" }, 200);
        Assert.Equal("sent", await Status(await News()));
        var link = Link().Match((await souk.Mails(email, 1))[0].GetProperty("text").GetString()!).Value;
        Assert.StartsWith("http", link, StringComparison.Ordinal);
        var path = new Uri(link).AbsolutePath;

        // What opens links to look at them changes nothing.
        var page = await souk.Guest().GetAsync(path, Ct);
        Assert.Contains("<form method=\"post\">", await page.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal("sent", await Status(await News()));
        for (var i = 0; i < 2; i++)
        {
            using var oneClick = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
            Assert.Equal(200, (int)(await souk.Guest().PostAsync(path, oneClick, Ct)).StatusCode);
        }
        Assert.Equal("skipped", await Status(await News()));
        await souk.Mails(email, 2);

        var other = path[..^1] + (path[^1] == 'A' ? 'B' : 'A');
        foreach (var forged in new[] { other, "/unsubscribe/x", $"/unsubscribe/{new string('A', 400)}" })
        {
            Assert.Equal(404, (int)(await souk.Guest().GetAsync(forged, Ct)).StatusCode);
            Assert.Equal(404, (int)(await souk.Guest().PostAsync(forged, null, Ct)).StatusCode);
        }

        async Task<Guid> News() =>
            (await Post(
                staff, "/emails", new { account_id = account, subject = "Sale", body = "Lamps!", kind = "news" }, 202))
            .GetProperty("id").GetGuid();

        async Task<string?> Status(Guid id)
        {
            string? status = null;
            await Eventually(async () =>
            {
                status = (await Get(staff, $"/emails/{id}")).GetProperty("status").GetString();
                Assert.NotEqual("queued", status);
            });
            return status;
        }
    }

    private Task<List<string>> Statuses(Guid order) => souk.Query(
        "select status from notifications.mails where order_id = $1 and company_id is not null order by status",
        row => row.GetString(0), order);

    private static string? Code(JsonElement problem) => problem.GetProperty("code").GetString();

    private static (bool Email, bool Inbox) Of(JsonElement answer, string kind)
    {
        var one = answer.GetProperty("preferences").EnumerateArray().Single(
            one => one.GetProperty("kind").GetString() == kind);
        return (one.GetProperty("email").GetBoolean(), one.GetProperty("inbox").GetBoolean());
    }

    [GeneratedRegex(@"http\S+/unsubscribe/\S+")]
    private static partial Regex Link();
}

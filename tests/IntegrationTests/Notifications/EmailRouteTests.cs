using System.Net.Http.Json;
using System.Text.Json;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Mails and templates as staff send, write and read them.</summary>
public class EmailRouteTests(NotificationsAlone souk)
{
    [Fact]
    public async Task Staff_mails_an_address_and_the_log_masks_it()
    {
        var staff = souk.Staff();
        var email = $"q{Guid.CreateVersion7():N}@example.com";
        var queued = await Post(staff, "/emails", new { recipient = email, subject = "Your question", body = "See https://x.example/secret#t=1" }, 202);
        var mail = (await souk.Mails(email, 1))[0];
        Assert.Contains("https://x.example/secret#t=1", mail.GetProperty("text").GetString(), StringComparison.Ordinal);

        var id = queued.GetProperty("id").GetGuid();
        var listed = await Get(staff, $"/emails/{id}");
        Assert.Equal("sent", listed.GetProperty("status").GetString());
        Assert.Equal("q***@example.com", listed.GetProperty("recipient").GetString());
        Assert.Equal("See https://x.example/***", listed.GetProperty("body").GetString());
        Assert.Contains(id, (await Get(staff, "/emails?status=sent&limit=100")).GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetGuid()));
        Assert.DoesNotContain(email, (await souk.Query("select m::text from notifications.mails m where id = $1", row => row.GetString(0), id)).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Staff_mails_an_account_from_a_template()
    {
        var (account, email) = souk.Person("Bo");
        var name = await NewTemplate("Hi {{name}}", "About {{thing}}.");
        await Post(souk.Staff(), "/email/send", new { account_id = account, template = name, data = new { thing = "lamps" } }, 202);

        var mail = (await souk.Mails(email, 1))[0];
        Assert.Equal(("Hi Bo", "About lamps."), (mail.GetProperty("subject").GetString(), mail.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task The_same_key_sends_one_mail()
    {
        var (account, email) = souk.Person();
        var staff = souk.Staff();
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/emails") { Content = JsonContent.Create(new { account_id = account, subject = "Once", body = "only" }) };
            request.Headers.Add("Idempotency-Key", $"key-{account:N}");
            Assert.Equal(202, (int)(await staff.SendAsync(request, Ct)).StatusCode);
        }
        await souk.Mails(email, 1);
        await Task.Delay(300, Ct);
        await souk.Mails(email, 1);
    }

    [Fact]
    public async Task What_is_no_mail_is_refused_and_nothing_is_queued()
    {
        var staff = souk.Staff();
        await Post(staff, "/emails", new { subject = "x", body = "y" }, 422);
        await Post(staff, "/emails", new { recipient = "a@example.com", account_id = Guid.CreateVersion7(), subject = "x", body = "y" }, 422);
        await Post(staff, "/emails", new { recipient = "a@example.com", subject = "x" }, 422);
        await Post(staff, "/emails", new { recipient = "a@example.com", template = "verify_email", subject = "x" }, 422);
        await Post(staff, "/emails", new { recipient = "a@example.com", template = "nonsense" }, 422);
        await Post(staff, "/emails", new { recipient = "nonsense", subject = "x", body = "y" }, 422);
        await Post(staff, "/emails", new { recipient = 7, subject = "x", body = "y" }, 400);
        await Post(souk.Guest(), "/emails", new { recipient = "a@example.com", subject = "x", body = "y" }, 401);
        await Post(souk.Staff(Permissions.EmailsRead), "/emails", new { recipient = "a@example.com", subject = "x", body = "y" }, 403);
        await Get(souk.Staff(Permissions.OrdersRead), "/emails", 403);
        await Get(staff, $"/emails/{Guid.CreateVersion7()}", 404);
        Assert.Empty(await souk.Query("select 1 from notifications.mails where address = 'a@example.com'", _ => 0));
    }

    [Fact]
    public async Task A_template_has_versions_and_the_newest_is_sent()
    {
        var staff = souk.Staff();
        var name = await NewTemplate("One", "first");
        Assert.Equal("already_exists", (await Post(staff, "/email-templates", new { name, subject = "x", text = "y" }, 409)).GetProperty("code").GetString());
        var second = await Put(staff, $"/email-templates/{name}", new { subject = "Two", text = "second" });
        Assert.Equal(2, second.GetProperty("version").GetInt32());
        Assert.Equal(3, (await Post(staff, "/email/template", new { name, subject = "Three", text = "third" }, 200)).GetProperty("version").GetInt32());

        Assert.Equal("Three", (await Get(staff, $"/email-templates/{name}")).GetProperty("subject").GetString());
        Assert.Equal("One", (await Get(staff, $"/email-templates/{name}?version=1")).GetProperty("subject").GetString());
        await Get(staff, $"/email-templates/{name}?version=9", 404);
        using var stale = new HttpRequestMessage(HttpMethod.Put, $"/email-templates/{name}") { Content = JsonContent.Create(new { subject = "x", text = "y" }) };
        stale.Headers.Add("If-Match", "\"2\"");
        Assert.Equal(412, (int)(await staff.SendAsync(stale, Ct)).StatusCode);
        var (account, email) = souk.Person();
        await Post(staff, "/emails", new { account_id = account, template = name }, 202);
        Assert.Equal("Three", (await souk.Mails(email, 1))[0].GetProperty("subject").GetString());
        Assert.Equal(3, (await Get(staff, $"/emails?template={name}")).GetProperty("data")[0].GetProperty("template_version").GetInt32());
    }

    [Fact]
    public async Task A_preview_shows_a_template_as_it_would_be_sent_and_changes_nothing()
    {
        var staff = souk.Staff();
        var builtIn = await Post(staff, "/email-templates/order_confirmed/preview", new { version = 0 }, 200);
        Assert.Equal("Your order S-1042", builtIn.GetProperty("subject").GetString());
        Assert.Contains("Lamp / red", builtIn.GetProperty("html").GetString(), StringComparison.Ordinal);

        var draft = await Post(staff, "/email-templates/order_confirmed/preview", new { subject = "{{number}}!", data = new { number = "S-7" } }, 200);
        Assert.Equal("S-7!", draft.GetProperty("subject").GetString());
        Assert.Equal("invalid_template",
            (await Post(staff, "/email-templates/order_confirmed/preview", new { text = "{{#if a}}x" }, 422)).GetProperty("code").GetString());
        await Post(staff, "/email-templates/nonsense/preview", new { }, 404);
    }

    [Fact]
    public async Task What_is_no_template_is_refused()
    {
        var staff = souk.Staff();
        await Post(staff, "/email-templates", new { name = "Bad Name", subject = "x", text = "y" }, 422);
        await Post(staff, "/email-templates", new { name = "broken", subject = "x", text = "{{#each}}" }, 422);
        await Post(staff, "/email-templates", new { name = "broken", subject = "x" }, 400);
        await Put(staff, "/email-templates/broken", new { subject = "x", text = "y" }, 404);
        await Post(souk.Staff(Permissions.EmailsRead), "/email-templates", new { name = "x", subject = "x", text = "y" }, 403);
        var listed = (await Get(staff, "/email-templates?limit=100")).GetProperty("data").EnumerateArray().Select(t => t.GetProperty("name").GetString()).ToList();
        Assert.DoesNotContain("broken", listed);
        Assert.Contains("order_confirmed", listed);
        Assert.Equal(listed.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public async Task The_mailbox_page_shows_mail_and_runs_nothing_that_stands_in_it()
    {
        var (account, email) = souk.Person();
        await Post(souk.Staff(), "/emails", new { account_id = account, subject = "<script>alert(1)</script>", body = "<img src=x onerror=alert(1)>" }, 202);
        var id = (await souk.Mails(email, 1))[0].GetProperty("id").GetGuid();
        foreach (var path in new[] { $"/mailbox?to={email}", $"/mailbox/{id}" })
        {
            var answer = await souk.Guest().GetAsync(path, Ct);
            Assert.StartsWith("text/html", answer.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
            Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            var html = await answer.Content.ReadAsStringAsync(Ct);
            Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        }
        Assert.Equal(404, (int)(await souk.Guest().GetAsync($"/mailbox/{Guid.CreateVersion7()}", Ct)).StatusCode);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<string> NewTemplate(string subject, string text)
    {
        var name = $"t{Guid.CreateVersion7():N}";
        await Post(souk.Staff(), "/email-templates", new { name, subject, text }, 201);
        return name;
    }

    private static Task<JsonElement> Get(HttpClient client, string path, int status = 200) => Inventory.InventoryAlone.Get(client, path, status);

    private static Task<JsonElement> Put(HttpClient client, string path, object body, int status = 200) => Inventory.InventoryAlone.Put(client, path, body, status);

    private static Task<JsonElement> Post(HttpClient client, string path, object body, int status) => Inventory.InventoryAlone.Post(client, path, body, status);
}

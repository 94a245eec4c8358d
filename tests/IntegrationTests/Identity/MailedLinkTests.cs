namespace Souk.IntegrationTests.Identity;

/// <summary>Links that are mailed: verification, password reset. Good once, for their time, derived and never stored.</summary>
[Trait("Shape", "both")]
public sealed class MailedLinkTests(SoukServer souk)
{
    [Fact]
    public async Task An_address_is_verified_once_with_the_mailed_token()
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();
        var link = await souk.Mailed("EmailVerificationRequested", account);
        Assert.Equal(email, link.To.Email);
        Assert.StartsWith(souk.Url.ToString(), link.Link, StringComparison.Ordinal);

        (await client.Post("/auth/verify-email", new { token = link.Token })).Must(204);

        (await client.Post("/auth/verify-email", new { token = link.Token })).Refused(422, "invalid_link");
        var me = (await client.Me((await client.SignedIn(email)).Text("access_token"))).Must(200);
        Assert.True(me.Json.GetProperty("email_verified").GetBoolean());
    }

    [Fact]
    public async Task A_reset_is_answered_the_same_for_every_address()
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();

        var known = (await client.Post("/profile/password-reset-request", new { email })).Must(202);
        var unknown = (await client.Post("/profile/password-reset-request", new { email = Calls.NewEmail() })).Must(202);

        Assert.Equal(known.Json.ToString(), unknown.Json.ToString());
        // What is none tells nothing of who has an account.
        (await client.Post("/profile/password-reset-request", new { email = "nobody" })).Refused(422, "validation_failed");
        Assert.Single(await souk.Requests("PasswordResetRequested", account));
        // At most one mail a minute.
        (await client.Post("/profile/password-reset-request", new { email })).Must(202);
        Assert.Single(await souk.Requests("PasswordResetRequested", account));
    }

    [Fact]
    public async Task A_new_password_is_set_once_and_ends_all_sign_ins()
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();
        var tokens = await client.SignedIn(email);
        (await client.Post("/profile/password-reset-request", new { email })).Must(202);
        var link = await souk.Mailed("PasswordResetRequested", account);

        (await client.Post("/profile/password-reset", new { token = link.Token, password = email })).Refused(422, "password_is_name");
        (await client.Post("/profile/password-reset", new { token = link.Token, password = "four glasses of mint tea" })).Must(204);

        (await client.Post("/profile/password-reset", new { token = link.Token, password = "five glasses of mint tea" })).Refused(422, "invalid_link");
        (await client.Post("/auth/login", new { email, password = Calls.Password })).Refused(401, "invalid_credentials");
        await client.SignedIn(email, "four glasses of mint tea");
        await Eventually(async () => (await client.Me(tokens.Text("access_token"))).Refused(401, "invalid_token"), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Only_the_newest_reset_link_works_and_only_for_its_time()
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();
        (await client.Post("/profile/password-reset-request", new { email })).Must(202);
        var old = await souk.Mailed("PasswordResetRequested", account);
        await souk.Execute("update identity.link_requests set created_at = created_at - interval '2 minutes' where account_id = $1", account);
        (await client.Post("/profile/password-reset-request", new { email })).Must(202);
        var fresh = await souk.Mailed("PasswordResetRequested", account);

        (await client.Post("/profile/password-reset", new { token = old.Token, password = "four glasses of mint tea" })).Refused(422, "invalid_link");
        await souk.Execute("update identity.link_requests set expires_at = now() - interval '1 second' where account_id = $1 and purpose = 'reset_password'", account);
        (await client.Post("/profile/password-reset", new { token = fresh.Token, password = "four glasses of mint tea" })).Refused(422, "invalid_link");
        await client.SignedIn(email);
    }

    [Fact]
    public async Task A_token_of_one_purpose_is_none_of_another()
    {
        using var client = souk.Client();
        var (_, account) = await client.NewCustomer();
        var verify = await souk.Mailed("EmailVerificationRequested", account);

        (await client.Post("/profile/password-reset", new { token = verify.Token, password = "four glasses of mint tea" })).Refused(422, "invalid_link");
        foreach (var bad in new[] { "x", verify.Token[1..], verify.Token.ToUpperInvariant() })
            (await client.Post("/auth/verify-email", new { token = bad })).Refused(422, "invalid_link");
    }

    [Fact]
    public async Task The_link_follows_the_configured_address_and_not_the_Host_header()
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();
        await client.Call(HttpMethod.Post, "/profile/password-reset-request", new { email }, ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"));

        var requests = await souk.Requests("PasswordResetRequested", account);
        if (requests.Count > 0)
            Assert.DoesNotContain("evil", (await souk.Mailed("PasswordResetRequested", account)).Link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_links_nor_passwords_nor_addresses_are_in_events()
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();
        var link = await souk.Mailed("EmailVerificationRequested", account);

        var events = string.Concat(await souk.Query(
            "select payload::text from identity.log where key = $1 union all select payload::text from identity.outbox where key = $1", row => row.GetString(0), account));

        Assert.Contains("request_id", events, StringComparison.Ordinal);
        Assert.DoesNotContain(link.Token, events, StringComparison.Ordinal);
        Assert.DoesNotContain(email, events, StringComparison.Ordinal);
        Assert.DoesNotContain(Calls.Password, events, StringComparison.Ordinal);
    }
}

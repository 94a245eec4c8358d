namespace Souk.IntegrationTests.Identity;

/// <summary>What ends a sign-in, and that it ends everywhere within five seconds.</summary>
[Trait("Shape", "both")]
public sealed class SessionTests(SoukServer souk)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_logout_ends_this_sign_in_and_no_other()
    {
        using var client = souk.Client();
        var (email, _) = await client.NewCustomer();
        var (one, two) = (await client.SignedIn(email), await client.SignedIn(email));

        (await client.Call(HttpMethod.Post, "/auth/logout", null, ("Authorization", "Bearer " + one.Text("access_token")))).Must(204);

        await Eventually(async () => (await client.Me(one.Text("access_token"))).Refused(401, "invalid_token"), Limit);
        (await client.Post("/auth/refresh-token", new { refresh_token = one.Text("refresh_token") })).Refused(401, "invalid_refresh_token");
        (await client.Me(two.Text("access_token"))).Must(200);
    }

    [Fact, Trait("Shape", "one")]
    public async Task A_logout_is_heard_by_the_other_process()
    {
        using var client = souk.Client();
        var tokens = await client.SignedIn((await client.NewCustomer()).Email);
        var port = SoukServer.FreePort();
        await using var other = await IdentityHost.Start(SoukServer.Settings(souk.Owner, port), port);
        using var there = other.Client();
        (await there.Me(tokens.Text("access_token"))).Must(200);

        (await client.Call(HttpMethod.Post, "/auth/logout", null, ("Authorization", "Bearer " + tokens.Text("access_token")))).Must(204);

        await Eventually(async () => (await there.Me(tokens.Text("access_token"))).Refused(401, "invalid_token"), Limit);
    }

    [Fact]
    public async Task A_changed_password_ends_all_sign_ins_and_begins_one()
    {
        using var client = souk.Client();
        var (email, _) = await client.NewCustomer();
        var (one, two) = (await client.SignedIn(email), await client.SignedIn(email));
        var me = ("Authorization", "Bearer " + one.Text("access_token"));

        (await client.Call(HttpMethod.Post, "/profile/password-change", new { current_password = "wrong password of mine", new_password = "four glasses of mint tea" }, me))
            .Refused(403, "reauthentication_required");
        (await client.Call(HttpMethod.Post, "/profile/password-change", new { current_password = Calls.Password, new_password = "short" }, me))
            .Refused(422, "password_too_short");
        var tokens = (await client.Call(
            HttpMethod.Post, "/profile/password-change", new { current_password = Calls.Password, new_password = "four glasses of mint tea" }, me)).Must(200);

        foreach (var ended in new[] { one, two })
        {
            await Eventually(async () => (await client.Me(ended.Text("access_token"))).Refused(401, "invalid_token"), Limit);
            (await client.Post("/auth/refresh-token", new { refresh_token = ended.Text("refresh_token") })).Refused(401, "invalid_refresh_token");
        }
        (await client.Me(tokens.Text("access_token"))).Must(200);
        (await client.Post("/auth/login", new { email, password = Calls.Password })).Refused(401, "invalid_credentials");
        await client.SignedIn(email, "four glasses of mint tea");
    }

    [Fact]
    public async Task A_suspended_account_is_out_and_comes_back_when_it_is_activated()
    {
        using var client = souk.Client();
        var staff = await souk.Staff();
        var (email, account) = await client.NewCustomer();
        var tokens = await client.SignedIn(email);

        (await staff.Post($"/accounts/{account}/suspend", new { reason = "Sold what was not there." })).Must(204);

        await Eventually(async () => (await client.Me(tokens.Text("access_token"))).Refused(401, "invalid_token"), Limit);
        (await client.Post("/auth/refresh-token", new { refresh_token = tokens.Text("refresh_token") })).Refused(401, "invalid_refresh_token");
        (await client.Post("/auth/login", new { email, password = Calls.Password })).Refused(403, "account_suspended");
        (await client.Post("/auth/login", new { email, password = "four glasses of mint tea" })).Refused(401, "invalid_credentials");
        (await staff.Post($"/accounts/{account}/suspend", new { reason = "Again." })).Refused(409, "account_move");
        Assert.Equal("Sold what was not there.", await souk.Value<string>(
            "select reason from identity.audit where action = 'account.suspend' and entity_id = $1 and account_id = $2", account, staff.AccountId));

        (await staff.Post($"/accounts/{account}/activate")).Must(204);
        await client.SignedIn(email);
    }

    [Fact]
    public async Task Suspending_takes_staff_and_not_oneself()
    {
        var (staff, buyer, seller) = (await souk.Staff(), await souk.Buyer(), await souk.Seller());

        (await buyer.Post($"/accounts/{seller.AccountId}/suspend", new { reason = "x" })).Refused(403, "forbidden");
        (await seller.Post($"/accounts/{buyer.AccountId}/suspend", new { reason = "x" })).Refused(403, "forbidden");
        (await staff.Post($"/accounts/{staff.AccountId}/suspend", new { reason = "x" })).Refused(409, "own_account");
        (await staff.Post($"/accounts/{Guid.CreateVersion7()}/suspend", new { reason = "x" })).Refused(404, "not_found");
        (await souk.Client().Post($"/accounts/{buyer.AccountId}/suspend", new { reason = "x" })).Refused(401, "sign_in_required");
    }
}

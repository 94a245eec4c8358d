namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class ProfileTests(SoukServer souk)
{
    [Fact]
    public async Task A_person_changes_the_profile_and_a_stale_change_is_refused()
    {
        var buyer = await souk.Buyer();
        var before = (await buyer.Get("/profile/me")).Must(200);
        var tag = before.Headers.ETag!.Tag;

        var after = (await buyer.Put("/profile/me", new { first_name = "Ann", last_name = "Lee", phone = "+49 30 1", locale = "de-DE" }, tag)).Must(200);

        Assert.Equal(("Ann", "Lee", "de-DE"), (after.Text("first_name"), after.Text("last_name"), after.Text("locale")));
        Assert.Equal(after.Json.ToString(), (await buyer.Get("/profile/me")).Must(200).Json.ToString());
        (await buyer.Put("/profile/me", new { first_name = "Eve", last_name = "Lee" }, tag)).Refused(412, "stale");
        (await buyer.Put("/profile/me", new { first_name = "a\nb", last_name = "" })).Must(422);
        (await buyer.Put("/profile/me", new { first_name = "a", last_name = "", kind = "staff" })).Must(400);
    }

    [Fact]
    public async Task A_new_address_needs_the_password_and_holds_once_its_link_was_opened()
    {
        var buyer = await souk.Buyer();
        var email = Calls.NewEmail();
        (await buyer.Put("/profile/me", new { first_name = "", last_name = "", email })).Refused(403, "reauthentication_required");
        (await buyer.Put("/profile/me", new { first_name = "", last_name = "", email, current_password = "wrong password of mine" }))
            .Refused(403, "reauthentication_required");

        var answer = (await buyer.Put("/profile/me", new { first_name = "", last_name = "", email, current_password = buyer.Password })).Must(200);
        Assert.Equal(buyer.Email, answer.Text("email"));
        // The present address hears of it before anything has moved.
        await Eventually(async () =>
            Assert.Contains("Your account is to get another e-mail address", await souk.Client().Mails(buyer.Email)));
        var link = await souk.Mailed("EmailVerificationRequested", buyer.AccountId);
        Assert.Equal(email, link.To.Email);
        (await souk.Client().Post("/auth/verify-email", new { token = link.Token })).Must(204);

        Assert.Equal(email, (await buyer.Get("/profile/me")).Must(200).Text("email"));
        (await souk.Client().Post("/auth/login", new { email = buyer.Email, password = buyer.Password })).Refused(401, "invalid_credentials");
        await souk.Client().SignedIn(email, buyer.Password);
    }

    [Fact]
    public async Task A_new_password_stops_a_move_to_another_address()
    {
        var (changes, resets) = (await souk.Buyer(), await souk.Buyer());
        var links = new List<string>();
        foreach (var buyer in new[] { changes, resets })
        {
            var moved = new { first_name = "", last_name = "", email = Calls.NewEmail(), current_password = buyer.Password };
            (await buyer.Put("/profile/me", moved)).Must(200);
            links.Add((await souk.Mailed("EmailVerificationRequested", buyer.AccountId)).Token);
        }

        const string NewPassword = "four glasses of mint tea";
        var change = new { current_password = changes.Password, new_password = NewPassword };
        (await changes.Post("/profile/password-change", change)).Must(200);
        using var client = souk.Client();
        (await client.Post("/profile/password-reset-request", new { email = resets.Email })).Must(202);
        var reset = await souk.Mailed("PasswordResetRequested", resets.AccountId);
        (await client.Post("/profile/password-reset", new { token = reset.Token, password = NewPassword })).Must(204);

        foreach (var token in links)
            (await client.Post("/auth/verify-email", new { token })).Refused(422, "invalid_link");
    }

    [Fact]
    public async Task Moving_to_an_address_that_has_an_account_tells_nothing_and_mails_nothing()
    {
        var (buyer, other) = (await souk.Buyer(), await souk.Buyer());
        var mails = (await souk.Requests("EmailVerificationRequested", buyer.AccountId)).Count;

        var taken = await Move(buyer, other.Email);
        Assert.Equal(mails, (await souk.Requests("EmailVerificationRequested", buyer.AccountId)).Count);
        var free = await Move(buyer, Calls.NewEmail());

        Assert.Equal(buyer.Email, taken.Text("email"));
        Assert.Equal(free.Json.ToString(), taken.Json.ToString());
        Assert.Equal(free.Headers.Select(header => header.Key).Order(), taken.Headers.Select(header => header.Key).Order());
        Assert.Equal(mails + 1, (await souk.Requests("EmailVerificationRequested", buyer.AccountId)).Count);

        async Task<Reply> Move(Person person, string email) =>
            (await person.Put("/profile/me", new { first_name = "", last_name = "", email, current_password = person.Password })).Must(200);
    }

    [Fact]
    public async Task Only_the_newest_of_two_moves_goes_on()
    {
        var buyer = await souk.Buyer();
        var links = new List<string>();
        foreach (var email in new[] { Calls.NewEmail(), Calls.NewEmail() })
        {
            (await buyer.Put("/profile/me", new { first_name = "", last_name = "", email, current_password = buyer.Password })).Must(200);
            links.Add((await souk.Mailed("EmailVerificationRequested", buyer.AccountId)).Token);
        }

        (await souk.Client().Post("/auth/verify-email", new { token = links[0] })).Refused(422, "invalid_link");
        (await souk.Client().Post("/auth/verify-email", new { token = links[1] })).Must(204);
    }

    [Fact]
    public async Task Staff_reads_profiles_and_others_do_not()
    {
        var (staff, buyer, stranger) = (await souk.Staff("support"), await souk.Buyer(), await souk.Buyer());

        Assert.Equal(buyer.Email, (await staff.Get($"/profile/{buyer.AccountId}")).Must(200).Text("email"));
        (await staff.Get($"/profile/{Guid.CreateVersion7()}")).Refused(404, "not_found");
        (await stranger.Get($"/profile/{buyer.AccountId}")).Refused(403, "forbidden");
        var found = (await staff.Get($"/accounts?email={buyer.Email}")).Must(200).Json.GetProperty("data");
        Assert.Equal(buyer.AccountId, Assert.Single(found.EnumerateArray()).GetProperty("id").GetGuid());
        (await stranger.Get("/accounts")).Refused(403, "forbidden");
    }

    [Fact]
    public async Task The_list_of_accounts_pages_without_gaps()
    {
        var staff = await souk.Staff();
        for (var i = 0; i < 3; i++)
            await souk.Buyer();
        var seen = new List<Guid>();
        string? cursor = null;
        for (var pages = 0; pages < 3; pages++)
        {
            var page = (await staff.Get($"/accounts?kind=customer&sort=created_at&limit=1{(cursor is null ? "" : "&cursor=" + cursor)}")).Must(200);
            seen.Add(page.Json.GetProperty("data")[0].GetProperty("id").GetGuid());
            cursor = page.Text("next_cursor");
        }

        Assert.Equal(3, seen.Distinct().Count());
        (await staff.Get("/accounts?sort=password_hash")).Refused(400, "unknown_sort");
    }

    [Fact]
    public async Task A_closed_account_is_forgotten_and_signed_out()
    {
        var buyer = await souk.Buyer();
        (await buyer.Post("/profile/me/addresses", ProfileTests.Address("Ann"))).Must(201);

        (await buyer.Delete("/profile/me")).Must(204);

        await Eventually(async () => (await buyer.Get("/profile/me")).Refused(401, "invalid_token"), TimeSpan.FromSeconds(5));
        (await souk.Client().Post("/auth/login", new { email = buyer.Email, password = buyer.Password })).Refused(401, "invalid_credentials");
        Assert.Equal(0, await souk.Value<long>("""
            select (select count(*) from identity.addresses where account_id = $1)
                 + (select count(*) from identity.accounts where id = $1 and (email is not null or password_hash is not null or status <> 'closed'))
            """, buyer.AccountId));
        // The address is free again.
        (await souk.Client().Post("/auth/register", new { kind = "customer", email = buyer.Email, password = Calls.Password })).Must(201);
        await souk.Client().SignedIn(buyer.Email);
    }

    [Fact]
    public async Task The_only_owner_of_a_company_cannot_close_the_account()
    {
        var seller = await souk.Seller();
        (await seller.Delete("/profile/me")).Refused(409, "last_owner");
        (await seller.Get("/profile/me")).Must(200);
    }

    [Fact]
    public async Task An_address_book_is_its_owners_and_has_one_default()
    {
        var (buyer, stranger) = (await souk.Buyer(), await souk.Buyer());
        var first = (await buyer.Post("/profile/me/addresses", Address("Ann", isDefault: true))).Must(201);
        var second = (await buyer.Post("/profile/me/addresses", Address("Bob", isDefault: true))).Must(201);
        var path = $"/profile/me/addresses/{first.Id()}";

        Assert.False((await buyer.Get(path)).Must(200).Json.GetProperty("is_default").GetBoolean());
        (await stranger.Get(path)).Refused(404, "not_found");
        (await stranger.Put(path, Address("Eve"))).Refused(404, "not_found");
        (await stranger.Delete(path)).Refused(404, "not_found");
        var changed = (await buyer.Put(path, Address("Zoe", isDefault: true))).Must(200);
        Assert.Equal(("Zoe", true), (changed.Text("name"), changed.Json.GetProperty("is_default").GetBoolean()));
        (await buyer.Put(path, Address("Old"), second.Headers.ETag?.Tag ?? "\"1\"")).Refused(412, "stale");
        (await buyer.Post("/profile/me/addresses", new { name = "Ann", line1 = "x", city = "y", postcode = "1", country = "Germany" })).Must(422);
        (await buyer.Delete(path)).Must(204);
        (await buyer.Get(path)).Refused(404, "not_found");
        Assert.Single((await buyer.Get("/profile/me/addresses")).Must(200).Json.GetProperty("data").EnumerateArray());
    }

    private static object Address(string name, bool isDefault = false) =>
        new { name, line1 = "Mint Street 3", city = "Berlin", postcode = "10115", country = "DE", is_default = isDefault };
}

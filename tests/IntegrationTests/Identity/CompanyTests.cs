namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class CompanyTests(SoukServer souk)
{
    [Fact]
    public async Task A_customer_becomes_a_seller()
    {
        var buyer = await souk.Buyer();

        var company = (await buyer.Post("/companies", new { name = "Lamps", country = "DE", shop_name = $"Lamps {Guid.CreateVersion7():N}" })).Must(201);

        await buyer.SignInAgain();
        Assert.Equal("pending", (await buyer.Get($"/companies/{company.Id()}")).Must(200).Text("status"));
        Assert.Single((await buyer.Get($"/companies/{company.Id()}/shops")).Must(200).Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Staff_approves_and_suspends_and_everything_is_told_and_on_record()
    {
        var staff = await souk.Staff();
        var seller = await souk.Register(new() { ["kind"] = "company", ["company_name"] = "Lamps", ["country"] = "DE" });
        var path = $"/companies/{seller.CompanyId}";

        (await seller.Post($"{path}/approve")).Refused(403, "forbidden");
        (await staff.Post($"{path}/approve")).Must(204);
        (await staff.Post($"{path}/approve")).Refused(409, "company_move");
        (await staff.Post($"{path}/suspend", new { reason = "Sold what was not there." })).Must(204);

        // The token with all rights ends; the next has the rights of a suspended company.
        await Eventually(async () => (await seller.Get(path)).Refused(401, "invalid_token"), TimeSpan.FromSeconds(5));
        await seller.SignInAgain();
        Assert.Equal("suspended", (await seller.Get(path)).Must(200).Text("status"));
        (await seller.Put(path, new { name = "Lamps", country = "DE" })).Refused(403, "forbidden");
        (await staff.Post($"{path}/approve")).Must(204);

        var states = await souk.Query(
            """
            select payload ->> 'status'
              from (select type, key, payload from identity.log union all select type, key, payload from identity.outbox) e
             where type = 'CompanyChanged' and key = $1 order by (payload ->> 'version')::bigint
            """, row => row.GetString(0), seller.CompanyId);
        Assert.Equal(["pending", "approved", "suspended", "approved"], states);
        var audit = (await staff.Get($"/audit?entity_id={seller.CompanyId}")).Must(200).Json.GetProperty("data").EnumerateArray()
            .Select(line => line.GetProperty("action").GetString());
        Assert.Equal(["company.approve", "company.suspend", "company.approve"], audit);
    }

    [Fact]
    public async Task A_stranger_does_not_learn_that_a_company_exists()
    {
        var (seller, stranger, buyer) = (await souk.Seller(), await souk.Seller(), await souk.Buyer());
        var path = $"/companies/{seller.CompanyId}";

        foreach (var other in new[] { stranger, buyer })
        {
            (await other.Get(path)).Refused(404, "not_found");
            (await other.Get($"{path}/shops")).Refused(404, "not_found");
            (await other.Get($"{path}/shops/{seller.ShopId}")).Refused(404, "not_found");
        }
        (await stranger.Put(path, new { name = "Mine", country = "DE" })).Refused(404, "not_found");
        (await stranger.Get($"{path}/members")).Refused(404, "not_found");
        (await stranger.Post($"{path}/members", new { email = Calls.NewEmail(), role = "owner" })).Refused(404, "not_found");
        (await stranger.Post($"{path}/shops", new { name = "Mine" })).Refused(404, "not_found");
        (await stranger.Delete($"{path}/shops/{seller.ShopId}")).Refused(404, "not_found");
        (await buyer.Put(path, new { name = "Mine", country = "DE" })).Refused(403, "forbidden");
        Assert.DoesNotContain(seller.CompanyId, (await stranger.Get("/companies")).Must(200).Json.GetProperty("data").EnumerateArray()
            .Select(company => company.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task A_shop_is_opened_renamed_and_closed()
    {
        var seller = await souk.Seller();
        var path = $"/companies/{seller.CompanyId}/shops";
        var (lamps, lights) = ($"Ann's Lamps {Guid.CreateVersion7():N}", $"Lights {Guid.CreateVersion7():N}");
        var shop = (await seller.Post(path, new { name = lamps, description = "Old ones." })).Must(201);
        var again = (await seller.Post(path, new { name = lamps })).Must(201);

        Assert.StartsWith("ann-s-lamps", shop.Text("slug"), StringComparison.Ordinal);
        Assert.NotEqual(shop.Text("slug"), again.Text("slug"));
        var renamed = (await seller.Put($"{path}/{shop.Id()}", new { name = lights })).Must(200);
        Assert.Equal((lights, shop.Text("slug")), (renamed.Text("name"), renamed.Text("slug")));
        (await seller.Delete($"{path}/{shop.Id()}")).Must(204);
        Assert.Equal("closed", (await seller.Get($"{path}/{shop.Id()}")).Must(200).Text("status"));
        (await seller.Put($"{path}/{shop.Id()}", new { name = lights })).Refused(409, "shop_closed");
        var keeper = await souk.WarehouseOperator();
        (await keeper.Post($"/companies/{keeper.CompanyId}/shops", new { name = "Lamps" })).Refused(409, "not_a_seller");
    }

    [Fact]
    public async Task A_member_is_invited_accepts_gets_a_role_and_is_removed()
    {
        var (seller, clerk) = (await souk.Seller(), await souk.Buyer());
        var path = $"/companies/{seller.CompanyId}/members";
        (await seller.Post(path, new { email = clerk.Email, role = "clerk" })).Must(202);
        var link = await souk.Mailed("MemberInvited", seller.CompanyId);
        Assert.Equal(clerk.Email, link.To.Email);

        (await clerk.Post($"{path}/accept", new { token = "x" })).Refused(422, "invalid_link");
        (await clerk.Post($"{path}/accept", new { token = link.Token })).Must(200);
        (await clerk.Post($"{path}/accept", new { token = link.Token })).Refused(422, "invalid_link");

        await clerk.SignInAgain();
        (await clerk.Get($"/companies/{seller.CompanyId}")).Must(200);
        (await clerk.Get(path)).Refused(403, "forbidden");
        (await seller.Put($"{path}/{clerk.AccountId}", new { role = "manager" })).Must(200);
        await Eventually(async () => (await clerk.Get("/profile/me")).Refused(401, "invalid_token"), TimeSpan.FromSeconds(5));
        await clerk.SignInAgain();
        Assert.Equal(2, (await clerk.Get(path)).Must(200).Json.GetProperty("data").GetArrayLength());
        (await clerk.Put($"{path}/{seller.AccountId}", new { role = "clerk" })).Refused(403, "forbidden");
        (await seller.Put($"{path}/{clerk.AccountId}", new { role = "king" })).Refused(422, "unknown_role");

        (await seller.Delete($"{path}/{clerk.AccountId}")).Must(204);
        await Eventually(async () => (await clerk.Get("/profile/me")).Refused(401, "invalid_token"), TimeSpan.FromSeconds(5));
        await clerk.SignInAgain();
        (await clerk.Get($"/companies/{seller.CompanyId}")).Refused(404, "not_found");
    }

    [Fact]
    public async Task Invitations_are_listed_sent_again_and_withdrawn()
    {
        var (seller, stranger) = (await souk.Seller(), await souk.Seller());
        var (email, path) = (Calls.NewEmail(), $"/companies/{seller.CompanyId}/invitations");
        (await seller.Post($"/companies/{seller.CompanyId}/members", new { email, role = "clerk" })).Must(202);
        var first = await souk.Mailed("MemberInvited", seller.CompanyId);
        var id = Assert.Single((await seller.Get(path)).Must(200).Json.GetProperty("data").EnumerateArray()).GetProperty("id").GetGuid();
        (await seller.Post($"{path}/{id}/resend")).Refused(429, "too_many_requests");
        await souk.Execute(
            "update identity.link_requests set created_at = created_at - interval '9 days', expires_at = now() where id = $1", id);
        Assert.Equal("expired", (await seller.Get(path)).Must(200).Json.GetProperty("data")[0].GetProperty("status").GetString());

        var again = (await seller.Post($"{path}/{id}/resend")).Must(202);

        Assert.Equal((email, "clerk", "open"), (again.Text("email"), again.Text("role"), again.Text("status")));
        var second = await souk.Mailed("MemberInvited", seller.CompanyId);
        Assert.NotEqual(first.Token, second.Token);
        var listed = Assert.Single((await seller.Get(path)).Must(200).Json.GetProperty("data").EnumerateArray());
        Assert.Equal(again.Id(), listed.GetProperty("id").GetGuid());
        (await stranger.Get(path)).Refused(404, "not_found");
        (await stranger.Delete($"{path}/{again.Id()}")).Refused(404, "not_found");
        (await stranger.Delete($"/companies/{stranger.CompanyId}/invitations/{again.Id()}")).Refused(404, "not_found");
        (await stranger.Post($"{path}/{again.Id()}/resend")).Refused(404, "not_found");
        (await seller.Delete($"{path}/{again.Id()}")).Must(204);
        (await seller.Delete($"{path}/{again.Id()}")).Refused(404, "not_found");
        var late = new { kind = "customer", email, password = Calls.Password, invitation = second.Token };
        (await souk.Client().Post("/auth/register", late)).Refused(422, "invalid_link");
        Assert.Empty((await seller.Get(path)).Must(200).Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Who_is_invited_twice_has_one_invitation()
    {
        var (seller, clerk) = (await souk.Seller(), await souk.Buyer());
        var path = $"/companies/{seller.CompanyId}";
        (await seller.Post($"{path}/members", new { email = clerk.Email, role = "clerk" })).Must(202);
        var first = await souk.Mailed("MemberInvited", seller.CompanyId);
        (await seller.Post($"{path}/members", new { email = clerk.Email, role = "viewer" })).Must(202);

        Assert.Equal("viewer", Assert.Single(
            (await seller.Get($"{path}/invitations")).Must(200).Json.GetProperty("data").EnumerateArray()).GetProperty("role").GetString());
        (await clerk.Post($"{path}/members/accept", new { token = first.Token })).Refused(422, "invalid_link");
    }

    [Fact]
    public async Task A_company_keeps_an_owner()
    {
        var (seller, partner) = (await souk.Seller(), await souk.Buyer());
        var path = $"/companies/{seller.CompanyId}/members";
        (await seller.Delete($"{path}/{seller.AccountId}")).Refused(409, "last_owner");
        (await seller.Put($"{path}/{seller.AccountId}", new { role = "clerk" })).Refused(409, "last_owner");
        (await seller.Post(path, new { email = partner.Email, role = "owner" })).Must(202);
        (await partner.Post($"{path}/accept", new { token = (await souk.Mailed("MemberInvited", seller.CompanyId)).Token })).Must(200);
        await partner.SignInAgain();

        // Both leave at once: one of them is the last.
        var left = await Task.WhenAll(seller.Delete($"{path}/{seller.AccountId}"), partner.Delete($"{path}/{partner.AccountId}"));

        Assert.Equal([204, 409], left.Select(answer => answer.Status).Order());
        Assert.Equal(1, await souk.Value<long>("select count(*) from identity.members where company_id = $1 and role = 'owner'", seller.CompanyId));
    }

    [Fact]
    public async Task Somebody_registers_with_an_invitation_and_is_a_member()
    {
        var seller = await souk.Seller();
        var email = Calls.NewEmail();
        (await seller.Post($"/companies/{seller.CompanyId}/members", new { email, role = "manager", shop_id = seller.ShopId })).Must(202);
        var link = await souk.Mailed("MemberInvited", seller.CompanyId);

        var registered = (await souk.Client().Post("/auth/register", new { kind = "shop", email, password = Calls.Password, invitation = link.Token })).Must(201);

        Assert.Equal((seller.CompanyId, seller.ShopId), (registered.Id("company_id"), registered.Id("shop_id")));
        var tokens = await souk.Client().SignedIn(email);
        (await souk.Client().Call(HttpMethod.Get, $"/companies/{seller.CompanyId}", null, ("Authorization", "Bearer " + tokens.Text("access_token")))).Must(200);
    }

    [Fact]
    public async Task A_member_of_one_shop_sells_there_and_does_not_run_the_company()
    {
        var (seller, helper) = (await souk.Seller(), await souk.Buyer());
        var path = $"/companies/{seller.CompanyId}";
        var second = (await seller.Post($"{path}/shops", new { name = $"Second {Guid.CreateVersion7():N}"[..30] })).Must(201).Id();
        (await seller.Post($"{path}/members", new { email = helper.Email, role = "owner", shop_id = second })).Refused(422, "owner_of_one_shop");
        (await seller.Post($"{path}/members", new { email = helper.Email, role = "manager", shop_id = second })).Must(202);
        var token = (await souk.Mailed("MemberInvited", seller.CompanyId)).Token;
        (await helper.Post($"{path}/members/accept", new { token })).Must(200);
        await helper.SignInAgain();

        object Lamp(Guid? shop) => new
        {
            name = $"Lamp {Guid.CreateVersion7():N}", sku = $"L-{Guid.CreateVersion7():N}", company_id = seller.CompanyId, shop_id = shop,
            price = new { amount = 1999, currency = "EUR" },
        };
        Reply made = null!;
        await Eventually(async () => made = (await helper.Post("/products", Lamp(null))).Must(201));
        var offer = made.Json.GetProperty("offers")[0];
        Assert.Equal(second, offer.GetProperty("shop_id").GetGuid());
        (await helper.Post("/products", Lamp(seller.ShopId))).Refused(422, "unknown_shop");
        Reply others = null!;
        await Eventually(async () => others = (await seller.Post("/products", Lamp(seller.ShopId))).Must(201));
        (await helper.Delete($"/offers/{others.Json.GetProperty("offers")[0].GetProperty("id").GetGuid()}")).Refused(404, "not_found");
        (await helper.Delete($"/offers/{offer.GetProperty("id").GetGuid()}")).Must(204);
        (await helper.Get($"{path}/members")).Must(200);
        (await helper.Get($"/audit?company_id={seller.CompanyId}")).Refused(403, "forbidden");
        (await seller.Put($"{path}/members/{helper.AccountId}", new { role = "owner" })).Refused(422, "owner_of_one_shop");
    }

    [Fact]
    public async Task An_API_key_may_what_it_was_given_and_its_maker_may()
    {
        var seller = await souk.Seller();
        var path = $"/companies/{seller.CompanyId}";
        var made = (await seller.Post("/api-keys", new { company_id = seller.CompanyId, name = "Sync", permissions = new[] { "members.read" } })).Must(201);
        var key = ("X-Api-Key", (string?)made.Text("key"));
        using var client = souk.Client();

        (await client.Call(HttpMethod.Get, $"{path}/members", null, key)).Must(200);
        (await client.Call(HttpMethod.Put, path, new { name = "Mine", country = "DE" }, key)).Refused(403, "forbidden");
        (await client.Call(HttpMethod.Get, "/profile/me", null, key)).Refused(403, "api_key_not_allowed");
        (await client.Call(HttpMethod.Post, "/auth/logout", null, key)).Refused(403, "api_key_not_allowed");
        (await seller.Post("/api-keys", new { company_id = seller.CompanyId, name = "Root", permissions = new[] { "accounts.manage" } }))
            .Refused(422, "unknown_permission");
        (await seller.Post("/api-keys", new { company_id = (await souk.Seller()).CompanyId, name = "Theirs", permissions = new[] { "members.read" } }))
            .Refused(404, "not_found");
        Assert.Equal(0, await souk.Value<long>("select count(*) from identity.api_keys where hint = $1 or name = $1", made.Text("key")));
        Assert.DoesNotContain(made.Text("key"), (await seller.Get("/api-keys")).Must(200).Json.ToString(), StringComparison.Ordinal);

        var id = made.Json.GetProperty("api_key").GetProperty("id").GetGuid();
        (await (await souk.Seller()).Delete($"/api-keys/{id}")).Refused(404, "not_found");
        (await seller.Delete($"/api-keys/{id}")).Must(204);
        await Eventually(async () => (await client.Call(HttpMethod.Get, $"{path}/members", null, key)).Refused(401, "invalid_api_key"), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Roles_and_permissions_are_listed()
    {
        var buyer = await souk.Buyer();
        var roles = (await buyer.Get("/roles")).Must(200).Json.GetProperty("data").EnumerateArray().Select(role => role.GetProperty("name").GetString()!).ToHashSet();
        var permissions = (await buyer.Get("/permissions")).Must(200).Json.GetProperty("data").EnumerateArray().Select(p => p.GetProperty("name").GetString()!).ToArray();

        Assert.Superset(new HashSet<string> { "owner", "manager", "clerk", "admin", "support", "finance", "content" }, roles);
        Assert.Equal(Souk.Platform.Security.Permissions.All, permissions);
        var scopes = (await buyer.Get("/permissions")).Must(200).Json.GetProperty("data").EnumerateArray()
            .ToDictionary(p => p.GetProperty("name").GetString()!, p => p.GetProperty("scopes").GetArrayLength());
        Assert.Equal((1, 2), (scopes["ledger.read"], scopes["orders.read"]));
        (await souk.Client().Get("/roles")).Refused(401, "sign_in_required");
    }
}

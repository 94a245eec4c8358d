using Microsoft.Extensions.DependencyInjection;
using Souk.Identity;

namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class RoleTests(SoukServer souk)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_company_makes_a_role_gives_it_and_changes_it()
    {
        var (seller, clerk) = (await souk.Seller(), await souk.Buyer());
        var company = $"/companies/{seller.CompanyId}";
        var made = (await Make(seller, "night_shift", "stock.read", "orders.read")).Must(201);
        Assert.Equal(("company", false), (made.Text("scope"), made.Json.GetProperty("built_in").GetBoolean()));
        await Join(seller, clerk, "night_shift");
        (await clerk.Get(company)).Must(200);
        (await clerk.Get($"{company}/members")).Refused(403, "forbidden");

        var change = new { permissions = new[] { "members.read", "stock.read" }, description = "Packs at night." };
        var changed = (await seller.Put($"/roles/{made.Id()}", change, made.Headers.ETag!.Tag)).Must(200);

        Assert.Equal("Packs at night.", changed.Text("description"));
        (await seller.Put($"/roles/{made.Id()}", change, made.Headers.ETag!.Tag)).Refused(412, "stale");
        await Eventually(async () => (await clerk.Get($"{company}/members")).Refused(401, "invalid_token"), Limit);
        await clerk.SignInAgain();
        (await clerk.Get($"{company}/members")).Must(200);
        Assert.Equal(changed.Json.ToString(), (await clerk.Get($"/roles/{made.Id()}")).Must(200).Json.ToString());
        Assert.Equal(2, await souk.Value<long>(
            "select count(*) from identity.audit where entity = 'role' and entity_id = $1 and account_id = $2",
            made.Id(), seller.AccountId));
    }

    [Fact]
    public async Task A_changed_role_takes_rights_from_tokens_and_API_keys()
    {
        var (seller, clerk) = (await souk.Seller(), await souk.Buyer());
        var made = (await Make(seller, "night_shift", "members.read", "orders.read", "api_keys.manage")).Must(201);
        await Join(seller, clerk, "night_shift");
        var members = $"/companies/{seller.CompanyId}/members";
        (await clerk.Get(members)).Must(200);
        var key = new { company_id = seller.CompanyId, name = "Sync", permissions = new[] { "members.read" } };
        var header = ("X-Api-Key", (string?)(await clerk.Post("/api-keys", key)).Must(201).Text("key"));
        using var program = souk.Client();
        (await program.Call(HttpMethod.Get, members, null, header)).Must(200);

        (await seller.Put($"/roles/{made.Id()}", new { permissions = new[] { "orders.read" } })).Must(200);

        await Eventually(async () => (await clerk.Get(members)).Refused(401, "invalid_token"), Limit);
        await clerk.SignInAgain();
        (await clerk.Get(members)).Refused(403, "forbidden");
        await Eventually(async () => (await program.Call(HttpMethod.Get, members, null, header)).Refused(403, "forbidden"), Limit);
    }

    [Fact]
    public async Task Nobody_gives_or_takes_more_than_they_have()
    {
        var (seller, helper, third) = (await souk.Seller(), await souk.Buyer(), await souk.Buyer());
        (await Make(seller, "people", "members.read", "members.manage", "orders.read")).Must(201);
        var full = (await Make(seller, "full", "products.manage", "orders.read")).Must(201);
        await Join(seller, helper, "people");
        var members = $"/companies/{seller.CompanyId}/members";

        (await MakeFor(helper, "mine", seller.CompanyId, "products.manage")).Refused(422, "unknown_permission");
        (await helper.Put($"/roles/{full.Id()}", new { permissions = new[] { "orders.read" } })).Refused(403, "forbidden");
        (await helper.Delete($"/roles/{full.Id()}")).Refused(403, "forbidden");
        (await helper.Post(members, new { email = Calls.NewEmail(), role = "owner" })).Refused(403, "forbidden");
        (await helper.Put($"{members}/{helper.AccountId}", new { role = "owner" })).Refused(403, "forbidden");
        (await helper.Put($"{members}/{seller.AccountId}", new { role = "people" })).Refused(403, "forbidden");
        (await helper.Delete($"{members}/{seller.AccountId}")).Refused(403, "forbidden");
        (await MakeFor(helper, "looks", seller.CompanyId, "orders.read")).Must(201);
        (await helper.Post(members, new { email = third.Email, role = "looks" })).Must(202);
    }

    [Fact]
    public async Task A_role_that_somebody_has_is_not_removed()
    {
        var (seller, clerk) = (await souk.Seller(), await souk.Buyer());
        var made = (await Make(seller, "night_shift", "orders.read")).Must(201);
        (await seller.Post($"/companies/{seller.CompanyId}/members", new { email = Calls.NewEmail(), role = "night_shift" })).Must(202);

        var invited = (await seller.Delete($"/roles/{made.Id()}")).Refused(409, "role_in_use");
        Assert.Equal((0, 1), (invited.Json.GetProperty("holders").GetInt32(), invited.Json.GetProperty("invitations").GetInt32()));
        var invitation = (await seller.Get($"/companies/{seller.CompanyId}/invitations")).Must(200).Json.GetProperty("data")[0];
        (await seller.Delete($"/companies/{seller.CompanyId}/invitations/{invitation.GetProperty("id").GetGuid()}")).Must(204);
        await Join(seller, clerk, "night_shift");
        (await seller.Delete($"/roles/{made.Id()}")).Refused(409, "role_in_use");
        (await seller.Put($"/companies/{seller.CompanyId}/members/{clerk.AccountId}", new { role = "viewer" })).Must(200);
        (await seller.Delete($"/roles/{made.Id()}")).Must(204);

        (await seller.Get($"/roles/{made.Id()}")).Refused(404, "not_found");
        (await seller.Post($"/companies/{seller.CompanyId}/members", new { email = Calls.NewEmail(), role = "night_shift" }))
            .Refused(422, "unknown_role");
    }

    [Fact]
    public async Task Built_in_roles_stay_and_their_names_are_taken()
    {
        var (admin, seller) = (await souk.Staff(), await souk.Seller());
        var owner = (await seller.Get("/roles?scope=company")).Must(200).Json.GetProperty("data").EnumerateArray()
            .Single(role => role.GetProperty("name").GetString() == "owner").GetProperty("id").GetGuid();

        (await admin.Put($"/roles/{owner}", new { permissions = new[] { "orders.read" } })).Refused(409, "built_in_role");
        (await admin.Delete($"/roles/{owner}")).Refused(409, "built_in_role");
        Assert.Equal("owner", (await seller.Get($"/roles/{owner}")).Must(200).Text("name"));
        (await Make(seller, "clerk", "orders.read")).Refused(409, "role_name_taken");
        (await Make(seller, "twice", "orders.read")).Must(201);
        (await Make(seller, "twice", "orders.read")).Refused(409, "role_name_taken");
    }

    [Fact]
    public async Task A_stranger_does_not_see_a_companys_roles()
    {
        var (seller, stranger) = (await souk.Seller(), await souk.Seller());
        var made = (await Make(seller, "night_shift", "orders.read")).Must(201);
        var path = $"/roles/{made.Id()}";

        (await stranger.Get(path)).Refused(404, "not_found");
        (await stranger.Put(path, new { permissions = new[] { "orders.read" } })).Refused(404, "not_found");
        (await stranger.Delete(path)).Refused(404, "not_found");
        (await stranger.Get($"/roles?company_id={seller.CompanyId}")).Refused(404, "not_found");
        (await MakeFor(stranger, "mine", seller.CompanyId, "orders.read")).Refused(404, "not_found");
        Assert.DoesNotContain(made.Id(), Ids(await stranger.Get("/roles?limit=100")));
        Assert.Contains(made.Id(), Ids(await seller.Get($"/roles?company_id={seller.CompanyId}&limit=100")));
        (await MakeFor(await souk.Buyer(), "mine", null, "orders.read")).Refused(403, "forbidden");
        (await MakeFor(seller, "mine", null, "orders.read")).Refused(403, "forbidden");
    }

    [Fact]
    public async Task Roles_are_listed_page_by_page()
    {
        var seller = await souk.Seller();
        (await Make(seller, "aaa", "orders.read")).Must(201);
        (await Make(seller, "zzz", "orders.read")).Must(201);
        var names = new List<string>();
        var cursor = "";
        do
        {
            var page = (await seller.Get($"/roles?scope=company&limit=3{cursor}")).Must(200).Json;
            names.AddRange(page.GetProperty("data").EnumerateArray().Select(role => role.GetProperty("name").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString() is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0 && names.Count < 20);

        Assert.Equal(["aaa", "accountant", "clerk", "manager", "owner", "viewer", "zzz"], names);
    }

    [Fact]
    public async Task The_marketplace_makes_a_role_for_its_staff()
    {
        var (admin, helper) = (await souk.Staff(), await NewStaff());
        var name = $"desk_{Guid.CreateVersion7():N}"[..20];
        var made = (await MakeFor(admin, name, null, "accounts.read")).Must(201);
        Assert.Equal("marketplace", made.Text("scope"));
        (await helper.Get("/accounts")).Refused(403, "forbidden");

        (await admin.Put($"/accounts/{helper.AccountId}/role", new { role = name })).Must(200);

        await Eventually(async () => (await helper.Get("/profile/me")).Refused(401, "invalid_token"), Limit);
        await helper.SignInAgain();
        (await helper.Get($"/accounts?role={name}")).Must(200);
        (await helper.Get("/audit")).Refused(403, "forbidden");
        (await admin.Delete($"/roles/{made.Id()}")).Refused(409, "role_in_use");
        (await (await souk.Staff("support")).Put($"/accounts/{helper.AccountId}/role", new { role = "admin" })).Refused(403, "forbidden");
        (await admin.Put($"/accounts/{helper.AccountId}/role", new { role = "king" })).Refused(422, "unknown_role");
        (await admin.Put($"/accounts/{admin.AccountId}/role", new { role = "support" })).Refused(409, "own_account");
        (await admin.Put($"/accounts/{(await souk.Buyer()).AccountId}/role", new { role = "support" })).Refused(409, "not_staff");
        (await admin.Put($"/accounts/{helper.AccountId}/role", new { role = "content" })).Must(200);
        (await admin.Delete($"/roles/{made.Id()}")).Must(204);
    }

    [Theory]
    [InlineData("""{"name":"Night Shift","permissions":["orders.read"]}""", 422)]
    [InlineData("""{"name":"night","permissions":[]}""", 422)]
    [InlineData("""{"name":"night","permissions":["orders.eat"]}""", 422)]
    [InlineData("""{"name":"night"}""", 400)]
    [InlineData("""{"name":"night","permissions":["orders.read"],"built_in":true}""", 400)]
    [InlineData("""{"name":"night","permissions":"orders.read"}""", 400)]
    public async Task A_bad_role_is_refused(string body, int status) =>
        (await (await souk.Staff()).Post("/roles", System.Text.Json.JsonElement.Parse(body))).Must(status);

    private static Task<Reply> Make(Person person, string name, params string[] permissions) =>
        MakeFor(person, name, person.CompanyId, permissions);

    private static Task<Reply> MakeFor(Person person, string name, Guid? company, params string[] permissions) =>
        person.Post("/roles", new { name, permissions, company_id = company });

    private async Task Join(Person owner, Person member, string role)
    {
        var path = $"/companies/{owner.CompanyId}/members";
        (await owner.Post(path, new { email = member.Email, role })).Must(202);
        (await member.Post($"{path}/accept", new { token = (await souk.Mailed("MemberInvited", owner.CompanyId)).Token })).Must(200);
        await member.SignInAgain();
    }

    private async Task<Person> NewStaff()
    {
        var email = Calls.NewEmail();
        var invitation = await souk.Services.GetRequiredService<AdminInvitations>()
            .Create(email, TestContext.Current.CancellationToken, "content");
        (await souk.Client().Post("/profile/password-reset", new { token = invitation.Token, password = Calls.Password })).Must(204);
        return await souk.SignIn(email, Calls.Password, invitation.AccountId);
    }

    private static Guid[] Ids(Reply reply) =>
        [.. reply.Must(200).Json.GetProperty("data").EnumerateArray().Select(role => role.GetProperty("id").GetGuid())];
}

namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class AliasTests(SoukServer souk)
{
    [Theory]
    [InlineData("/user", null, "customer")]
    [InlineData("/company", null, "company")]
    [InlineData("", null, "customer")]
    [InlineData("/user", "Shop", "shop")]
    [InlineData("", "WAREHOUSE", "warehouse")]
    [InlineData("/company", "Affiliate", "affiliate")]
    public async Task An_account_lives_its_life_on_the_seeds_routes(string prefix, string? userType, string kind)
    {
        using var client = souk.Client();
        var (email, username) = (Calls.NewEmail(), $"ann-{Guid.CreateVersion7():N}"[..30]);

        var registered = (await client.Post($"{prefix}/register", new { username, email, password = Calls.Password, user_type = userType })).Must(201);
        Assert.Equal(kind, registered.Json.GetProperty("account").GetProperty("kind").GetString());
        var tokens = (await client.Post($"{prefix}/login", new { username, password = Calls.Password })).Must(200);
        var next = (await client.Post($"{prefix}/refresh-token", new { refresh_token = tokens.Text("refresh_token") })).Must(200);
        var me = ("Authorization", (string?)("Bearer " + next.Text("access_token")));
        Assert.Equal(email, (await client.Call(HttpMethod.Get, "/user/profile", null, me)).Must(200).Text("email"));
        (await client.Call(HttpMethod.Put, "/user/profile", new { first_name = "Ann", last_name = "Lee", username }, me)).Must(200);

        (await client.Call(HttpMethod.Post, $"{prefix}/logout", null, me)).Must(204);
        await Eventually(async () => (await client.Me(next.Text("access_token"))).Refused(401, "invalid_token"), TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("/user")]
    [InlineData("/company")]
    public async Task A_password_is_reset_on_the_seeds_routes(string prefix)
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();
        (await client.Post($"{prefix}/password-reset-request", new { email })).Must(202);
        var link = await souk.Mailed("PasswordResetRequested", account);

        (await client.Post($"{prefix}/password-reset", new { token = link.Token, password = "four glasses of mint tea" })).Must(204);

        await client.SignedIn(email, "four glasses of mint tea");
    }

    [Fact]
    public async Task A_staff_account_is_not_to_be_had_here_either()
    {
        using var client = souk.Client();
        (await client.Post("/user/register", new { username = "root-of-all", email = Calls.NewEmail(), password = Calls.Password, user_type = "Staff" }))
            .Refused(422, "unknown_user_type");
        (await client.Post("/user/register", new { username = "root-of-all", email = Calls.NewEmail(), password = Calls.Password, is_admin = true })).Must(400);
    }

    [Fact]
    public async Task A_member_of_several_companies_says_which_is_meant()
    {
        var seller = await souk.Seller();
        Assert.Equal(seller.CompanyId, (await seller.Get("/company/profile")).Must(200).Id());
        var second = (await seller.Post("/companies", new { name = "Second", country = "FR" })).Must(201);
        await seller.SignInAgain();

        var which = (await seller.Get("/company/profile")).Refused(409, "company_required");
        Assert.Equal(2, which.Json.GetProperty("companies").GetArrayLength());
        Assert.Equal("Second", (await seller.Get($"/company/profile?company_id={second.Id()}")).Must(200).Text("name"));
        (await seller.Put("/company/profile", new { name = "Third", country = "FR" })).Refused(409, "company_required");
        (await seller.Put($"/company/profile?company_id={second.Id()}", new { name = "Third", country = "FR" })).Must(200);
        (await seller.Get($"/company/profile?company_id={Guid.CreateVersion7()}")).Refused(404, "not_found");
        (await (await souk.Buyer()).Get("/company/profile")).Refused(404, "not_found");
    }
}

using System.Net.Http.Headers;
using System.Text.Json;
using Souk.IntegrationTests.Carts;
using Souk.IntegrationTests.Identity;

namespace Souk.IntegrationTests.Drafts;

/// <summary>Accounts, companies and sign-ins.</summary>
internal static class AccountRows
{
    public static Dictionary<string, Func<DraftMarket, Task>> All { get; } = new()
    {
        ["POST /user/register"] = market => Registers(market, "/user", "Customer"),
        ["POST /user/login"] = market => SignsIn(market, "/user"),
        ["POST /user/logout"] = market => SignsOut(market, "/user"),
        ["POST /user/password-reset-request"] = market => AsksForAPassword(market, "/user"),
        ["POST /user/password-reset"] = market => SetsAPassword(market, "/user"),
        ["GET /user/profile"] = market => ReadsItsProfile(market, "/user/profile"),
        ["PUT /user/profile"] = market => ChangesItsProfile(market, "/user/profile"),
        ["POST /user/refresh-token"] = market => Refreshes(market, "/user"),
        ["POST /company/register"] = market => Registers(market, "/company", "Company"),
        ["POST /company/login"] = market => SignsIn(market, "/company"),
        ["POST /company/logout"] = market => SignsOut(market, "/company"),
        ["POST /company/password-reset-request"] = market => AsksForAPassword(market, "/company"),
        ["POST /company/password-reset"] = market => SetsAPassword(market, "/company"),
        ["GET /company/profile"] = ReadsTheCompany,
        ["PUT /company/profile"] = ChangesTheCompany,
        ["POST /company/refresh-token"] = market => Refreshes(market, "/company"),
        ["POST /register"] = market => Registers(market, "", "Shop"),
        ["POST /login"] = market => SignsIn(market, ""),
        ["POST /logout"] = market => SignsOut(market, ""),
        ["POST /refresh-token"] = market => Refreshes(market, ""),
        ["POST /auth/register"] = RegistersInOurWords,
        ["POST /auth/login"] = market => SignsIn(market, "/auth"),
        ["POST /auth/logout"] = market => SignsOut(market, "/auth"),
        ["POST /auth/refresh-token"] = market => Refreshes(market, "/auth"),
        ["GET /profile/me"] = market => ReadsItsProfile(market, "/profile/me"),
        ["PUT /profile/me"] = market => ChangesItsProfile(market, "/profile/me"),
        ["DELETE /profile/me"] = ClosesItsAccount,
        ["GET /profile/{user_id}"] = StaffReadsAProfile,
        ["POST /profile/password-reset-request"] = market => AsksForAPassword(market, "/profile"),
        ["POST /profile/password-reset"] = market => SetsAPassword(market, "/profile"),
    };

    private static async Task Registers(DraftMarket market, string prefix, string userType)
    {
        using var guest = market.Souk.Client();
        var (username, email) = ($"u{Guid.CreateVersion7():N}"[..30], Calls.NewEmail());
        var registered = (await guest.Ask("POST", $"{prefix}/register", new
        {
            username, email, password = DraftMarket.Password, user_type = userType,
        })).Must(201);

        Assert.Equal(userType.ToLowerInvariant(), registered.GetProperty("account").Text("kind"));
        Assert.Equal(username, (await Me(guest, await SignIn(guest, username))).Text("username"));
    }

    private static async Task RegistersInOurWords(DraftMarket market)
    {
        using var guest = market.Souk.Client();
        var username = $"u{Guid.CreateVersion7():N}"[..30];
        (await guest.Ask("POST", "/auth/register", new
        {
            kind = "customer", username, email = Calls.NewEmail(), password = DraftMarket.Password,
        })).Must(201);

        Assert.Equal(username, (await Me(guest, await SignIn(guest, username))).Text("username"));
    }

    private static async Task SignsIn(DraftMarket market, string prefix)
    {
        var (guest, username, _) = await Registered(market);

        Assert.Equal(username, (await Me(guest, await SignIn(guest, username, prefix))).Text("username"));
        (await guest.Ask("POST", $"{prefix}/login", new { username, password = "two cups of mint tea" })).Must(401);
    }

    private static async Task SignsOut(DraftMarket market, string prefix)
    {
        var (guest, username, _) = await Registered(market);
        As(guest, await SignIn(guest, username));

        (await guest.Ask("POST", $"{prefix}/logout")).Must(204);

        await Eventually(async () => (await guest.Ask("GET", "/profile/me")).Must(401));
    }

    private static async Task Refreshes(DraftMarket market, string prefix)
    {
        var (guest, username, _) = await Registered(market);
        var first = await SignIn(guest, username);

        var body = new { refresh_token = first.Text("refresh_token") };
        var next = (await guest.Ask("POST", $"{prefix}/refresh-token", body)).Must(200);

        Assert.NotEqual(first.Text("refresh_token"), next.Text("refresh_token"));
        Assert.Equal(username, (await Me(guest, next)).Text("username"));
    }

    private static async Task AsksForAPassword(DraftMarket market, string prefix)
    {
        var (guest, username, _) = await Registered(market);
        var email = EmailOf(username);

        (await guest.Ask("POST", $"{prefix}/password-reset-request", new { email })).Must(202);

        await Eventually(async () => Assert.Contains(
            await guest.Mails(email), subject => subject.Contains("new password", StringComparison.Ordinal)));
    }

    private static async Task SetsAPassword(DraftMarket market, string prefix)
    {
        var (guest, username, account) = await Registered(market);
        var email = EmailOf(username);
        (await guest.Ask("POST", "/profile/password-reset-request", new { email })).Must(202);
        var link = await market.Souk.Mailed("PasswordResetRequested", account);

        const string password = "four glasses of mint tea";
        (await guest.Ask("POST", $"{prefix}/password-reset", new { token = link.Token, password })).Must(204);

        Assert.Equal(username, (await Me(guest, await SignIn(guest, username, password: password))).Text("username"));
    }

    private static async Task ReadsItsProfile(DraftMarket market, string path)
    {
        var buyer = await market.Buyer();

        var shown = (await buyer.Ask("GET", path)).Must(200);

        Assert.Equal((buyer.AccountId, buyer.Email), (shown.Id(), shown.Text("email")));
    }

    private static async Task ChangesItsProfile(DraftMarket market, string path)
    {
        var (guest, username, _) = await Registered(market);
        As(guest, await SignIn(guest, username));

        (await guest.Ask("PUT", path, new { first_name = "Ada", last_name = "Lovelace", username })).Must(200);

        var shown = (await guest.Ask("GET", "/profile/me")).Must(200);
        Assert.Equal(("Ada", "Lovelace"), (shown.Text("first_name"), shown.Text("last_name")));
    }

    private static async Task ClosesItsAccount(DraftMarket market)
    {
        var leaving = await market.Souk.Buyer();

        (await leaving.Ask("DELETE", "/profile/me")).Must(204);

        using var guest = market.Souk.Client();
        (await guest.Ask("POST", "/auth/login", new { email = leaving.Email, password = leaving.Password })).Must(401);
    }

    private static async Task StaffReadsAProfile(DraftMarket market)
    {
        var (buyer, staff) = (await market.Buyer(), await market.Staff());

        Assert.Equal(buyer.Email, (await staff.Ask("GET", $"/profile/{buyer.AccountId}")).Must(200).Text("email"));
        (await buyer.Ask("GET", $"/profile/{staff.AccountId}")).Must(403);
    }

    private static async Task ReadsTheCompany(DraftMarket market)
    {
        var seller = await market.Seller();

        Assert.Equal(seller.CompanyId, (await seller.Ask("GET", "/company/profile")).Must(200).Id());
    }

    private static async Task ChangesTheCompany(DraftMarket market)
    {
        var seller = await market.Souk.Seller();

        (await seller.Ask("PUT", "/company/profile", new
        {
            name = "Tea and Lamps", country = "DE", line1 = "Invalidenstr. 116", city = "Berlin",
            phone = "+49 30 1234567",
        })).Must(200);

        var shown = (await seller.Ask("GET", $"/companies/{seller.CompanyId}")).Must(200);
        Assert.Equal(("Tea and Lamps", "Berlin"), (shown.Text("name"), shown.Text("city")));
    }

    private static async Task<(HttpClient Guest, string Username, Guid Account)> Registered(DraftMarket market)
    {
        var (guest, username) = (market.Souk.Client(), $"u{Guid.CreateVersion7():N}"[..30]);
        var registered = (await guest.Ask("POST", "/user/register", new
        {
            username, email = EmailOf(username), password = DraftMarket.Password, user_type = "Customer",
        })).Must(201);
        return (guest, username, registered.GetProperty("account").Id());
    }

    private static string EmailOf(string username) => $"{username}@example.com";

    private static async Task<JsonElement> SignIn(
        HttpClient guest, string username, string prefix = "/auth", string password = DraftMarket.Password) =>
        (await guest.Ask("POST", $"{prefix}/login", new { username, password })).Must(200);

    private static void As(HttpClient guest, JsonElement tokens) =>
        guest.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", tokens.Text("access_token"));

    private static async Task<JsonElement> Me(HttpClient guest, JsonElement tokens)
    {
        As(guest, tokens);
        var me = (await guest.Ask("GET", "/profile/me")).Must(200);
        guest.DefaultRequestHeaders.Authorization = null;
        return me;
    }
}

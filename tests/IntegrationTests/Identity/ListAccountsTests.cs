using System.Text.Json;

namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class ListAccountsTests(SoukServer souk)
{
    [Fact]
    public async Task Staff_finds_people_by_what_they_remember_of_them()
    {
        var staff = await souk.Staff("support");
        var mark = $"{Guid.CreateVersion7():N}"[^12..];
        var (email, username) = ($"Ann.{mark}@example.com", $"ann_{mark}");
        (await souk.Client().Post("/auth/register", new
        {
            kind = "customer", email, password = Calls.Password, username, first_name = $"Ann{mark}", last_name = $"Lee{mark}",
        })).Must(201);
        var id = Assert.Single(await Found(staff, $"email={email}"));

        foreach (var typed in new[] { $"ann.{mark}", $"ANN.{mark}@EXAMPLE.COM", username,
            $"ann{mark}", $"lee{mark}", $"Ann{mark} lee", id.ToString() })
            Assert.Equal(id, Assert.Single(await Found(staff, $"q={Uri.EscapeDataString(typed)}")));
        // What has a meaning in a pattern means itself here.
        foreach (var typed in new[] { $"ann%{mark}", $"ann.{mark[..^1]}_", $"_nn.{mark}", "' or 1=1 --", "\\", $"{Guid.CreateVersion7()}" })
            Assert.DoesNotContain(id, await Found(staff, $"q={Uri.EscapeDataString(typed)}"));
    }

    [Fact]
    public async Task Accounts_are_filtered_by_company_kind_state_role_and_age()
    {
        var staff = await souk.Staff();
        var (seller, buyer) = (await souk.Seller(), await souk.Buyer());
        var before = (await staff.Get($"/profile/{seller.AccountId}")).Must(200).Text("created_at")
            .Replace("+", "%2B", StringComparison.Ordinal);

        Assert.Equal([seller.AccountId], await Found(staff, $"company_id={seller.CompanyId}"));
        Assert.Empty(await Found(staff, $"company_id={seller.CompanyId}&kind=customer"));
        Assert.Empty(await Found(staff, $"company_id={seller.CompanyId}&status=suspended"));
        Assert.Contains(buyer.AccountId, await Found(staff, $"kind=customer&status=active&created_from={before}&q={buyer.AccountId}"));
        Assert.Empty(await Found(staff, $"created_to={before}&q={buyer.AccountId}"));
        Assert.Contains(staff.AccountId, await Found(staff, "role=admin&limit=100"));
        Assert.DoesNotContain(staff.AccountId, await Found(staff, "role=support&limit=100"));
        (await staff.Get("/accounts?created_from=2026-01-02T00:00:00Z&created_to=2026-01-01T00:00:00Z")).Refused(422, "end_before_start");
        (await staff.Get("/accounts?created_from=yesterday")).Must(400);
        (await staff.Get($"/accounts?q={new string('x', 201)}")).Must(422);
        (await buyer.Get("/accounts?q=a")).Refused(403, "forbidden");
    }

    [Theory]
    [InlineData("email")]
    [InlineData("-email")]
    public async Task Accounts_are_sorted_by_address_page_by_page(string sort)
    {
        var staff = await souk.Staff();
        var mark = $"{Guid.CreateVersion7():N}"[^12..];
        var emails = new[] { "b", "c", "a" }.Select(letter => $"{letter}.{mark}@example.com").ToArray();
        foreach (var email in emails)
        {
            var person = new { kind = "customer", email, password = Calls.Password, last_name = mark };
            (await souk.Client().Post("/auth/register", person)).Must(201);
        }

        var seen = new List<string>();
        var cursor = "";
        for (var page = 0; page < 5 && cursor is not null; page++)
        {
            var answer = (await staff.Get($"/accounts?q={mark}&sort={sort}&limit=1{cursor}")).Must(200).Json;
            seen.AddRange(answer.GetProperty("data").EnumerateArray().Select(account => account.GetProperty("email").GetString()!));
            cursor = answer.GetProperty("next_cursor").GetString() is { } next ? $"&cursor={next}" : null;
        }

        Assert.Equal(sort == "email" ? emails.Order() : emails.OrderDescending(), seen);
    }

    private static async Task<Guid[]> Found(HttpClient staff, string query) =>
        [.. (await staff.Get($"/accounts?{query}")).Must(200).Json.GetProperty("data").EnumerateArray()
            .Select((JsonElement account) => account.GetProperty("id").GetGuid())];
}

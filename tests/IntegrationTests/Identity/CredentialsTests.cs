namespace Souk.IntegrationTests.Identity;

/// <summary>Headers that claim to be somebody.</summary>
[Trait("Shape", "both")]
public sealed class CredentialsTests(SoukServer souk)
{
    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer x")]
    [InlineData("Basic YTpi")]
    [InlineData("x")]
    public async Task What_is_no_token_is_refused_on_public_routes_too(string authorization)
    {
        using var client = souk.Client();
        foreach (var path in new[] { "/profile/me", "/.well-known/jwks.json" })
        {
            var answer = (await client.Call(HttpMethod.Get, path, null, ("Authorization", authorization))).Refused(401, "invalid_token");
            Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
            Assert.Contains("invalid_token", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_says_nothing_is_asked_to_sign_in()
    {
        using var client = souk.Client();
        var answer = (await client.Get("/profile/me")).Refused(401, "sign_in_required");
        Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_credentials_are_none()
    {
        using var client = souk.Client();
        var buyer = await souk.Buyer();
        var good = "Bearer " + buyer.AccessToken;

        (await client.Call(HttpMethod.Get, "/profile/me", null, ("Authorization", good), ("Authorization", good))).Refused(401, "invalid_token");
        (await client.Call(HttpMethod.Get, "/profile/me", null, ("Authorization", good), ("X-Api-Key", "souk_x"))).Refused(401, "invalid_token");
        (await client.Get($"/profile/me?access_token={buyer.AccessToken}")).Refused(401, "sign_in_required");
        (await client.Call(HttpMethod.Get, "/profile/me", null, ("Authorization", "bearer " + buyer.AccessToken))).Must(200);
    }

    [Theory]
    [InlineData("X-Api-Key", "invalid_api_key")]
    [InlineData("X-Cart-Token", "invalid_cart_token")]
    [InlineData("X-Order-Token", "invalid_order_token")]
    public async Task A_wrong_key_or_guest_token_is_not_the_same_as_none(string header, string code)
    {
        using var client = souk.Client();
        (await client.Call(HttpMethod.Get, "/.well-known/jwks.json", null, (header, "nonsense"))).Refused(401, code);
    }

    [Fact]
    public async Task A_header_of_nine_kilobytes_is_too_much()
    {
        using var client = souk.Client();
        var answer = await client.Call(HttpMethod.Get, "/profile/me", null, ("Authorization", "Bearer " + new string('a', 9 * 1024)));
        Assert.True(answer.Status is 401 or 431, $"{answer.Status}");
    }

    [Fact]
    public async Task A_token_is_validated_for_other_systems()
    {
        var (buyer, seller) = (await souk.Buyer(), await souk.Seller());

        var known = (await buyer.Post("/auth/validate", new { token = seller.AccessToken })).Must(200);
        var unknown = (await buyer.Post("/auth/validate", new { token = seller.AccessToken + "x" })).Must(200);

        Assert.True(known.Json.GetProperty("active").GetBoolean());
        Assert.Equal(seller.AccountId, known.Id("account_id"));
        Assert.Contains("orders.read", known.Json.GetProperty("companies").GetProperty(seller.CompanyId.ToString()).EnumerateArray().Select(p => p.GetString()));
        Assert.False(unknown.Json.GetProperty("active").GetBoolean());
        (await souk.Client().Post("/auth/validate", new { token = "x" })).Refused(401, "sign_in_required");
    }
}

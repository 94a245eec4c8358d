using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Souk.Identity.SignIn;

namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class SigningKeyTests(SoukServer souk)
{
    [Fact, Trait("Shape", "one")]
    public async Task The_ring_turns_without_a_failed_request()
    {
        await using var database = await TestDatabase.Required();
        var port = SoukServer.FreePort();
        await using var host = await IdentityHost.Start(SoukServer.Settings(database.Owner, port), port);
        using var client = host.Client();
        var (email, _) = await client.NewCustomer();
        var old = (await client.SignedIn(email)).Text("access_token");
        var before = await Kids(client);
        Assert.Equal(2, before.Count);

        await host.Execute("update identity.signing_keys set activated_at = now() - interval '31 days' where state = 'active'");
        var keys = host.Services.GetRequiredService<SigningKeys>();
        await keys.Turn(TestContext.Current.CancellationToken);
        keys.Forget();

        var fresh = (await client.SignedIn(email)).Text("access_token");
        Assert.NotEqual(Kid(old), Kid(fresh));
        // What signs now was published before, and what signed before is still known.
        Assert.Contains(Kid(fresh), before);
        Assert.Superset(new HashSet<string> { Kid(old), Kid(fresh) }, (await Kids(client)).ToHashSet());
        (await client.Me(old)).Must(200);
        (await client.Me(fresh)).Must(200);

        await host.Execute("update identity.signing_keys set retired_at = now() - interval '2 hours' where state = 'retired'");
        await keys.Turn(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Kid(old), await Kids(client));
        (await client.Me(fresh)).Must(200);
    }

    [Fact, Trait("Shape", "one")]
    public async Task Whoever_asks_for_the_ring_first_makes_it_and_knows_the_key_of_the_first_token()
    {
        await using var database = await TestDatabase.Required();
        var port = SoukServer.FreePort();
        await using var host = await IdentityHost.Start(SoukServer.Settings(database.Owner, port), port);
        using var client = host.Client();
        var (email, _) = await client.NewCustomer();
        await host.Execute("delete from identity.signing_keys");
        host.Services.GetRequiredService<SigningKeys>().Forget();

        var ring = await Kids(client);

        Assert.Equal(2, ring.Count);
        Assert.Contains(Kid((await client.SignedIn(email)).Text("access_token")), ring);
    }

    [Fact]
    public async Task Private_keys_lie_encrypted_and_public_ones_have_no_secret()
    {
        using var client = souk.Client();
        await client.SignedIn((await client.NewCustomer()).Email);
        var answer = (await client.Get("/.well-known/jwks.json")).Must(200);

        Assert.All(answer.Json.GetProperty("keys").EnumerateArray(), key =>
        {
            Assert.Equal(("EC", "P-256", "ES256", "sig"), (Text(key, "kty"), Text(key, "crv"), Text(key, "alg"), Text(key, "use")));
            Assert.False(key.TryGetProperty("d", out _));
        });
        // PKCS#8 begins with a sequence; what is stored must not.
        Assert.Equal(0, await souk.Value<long>("select count(*) from identity.signing_keys where get_byte(private_key, 28) = 48 and get_byte(private_key, 29) = 129"));
        Assert.True(await souk.Value<long>("select count(*) from identity.signing_keys") >= 2);
    }

    private static async Task<List<string>> Kids(HttpClient client) =>
        [.. (await client.Get("/.well-known/jwks.json")).Must(200).Json.GetProperty("keys").EnumerateArray().Select(key => Text(key, "kid"))];

    private static string Kid(string token) =>
        Text(JsonElement.Parse(Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0]))), "kid");

    private static string Text(JsonElement json, string member) => json.GetProperty(member).GetString()!;
}

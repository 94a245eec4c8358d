using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Souk.Contracts.Identity;
using Souk.Platform.Security;

namespace Souk.UnitTests.Platform.Security;

public sealed class AccessTokenTests : IDisposable
{
    private const string GoodHeader = """{"alg":"ES256","kid":"key-1","typ":"at+jwt"}""";
    private readonly TestIdentity identity = new();

    public void Dispose() => identity.Dispose();

    [Fact]
    public async Task A_good_token_stands_for_its_account_and_companies()
    {
        var claims = identity.Claims();

        var caller = await Caller(claims.Sign(identity.Key, TestIdentity.Kid));

        Assert.Equal(claims.Sub, caller!.AccountId);
        Assert.Equal(claims.Sid, caller.SessionId);
        Assert.True(caller.Can(Permissions.OrdersRead, claims.Companies.Keys.Single()));
        Assert.False(caller.Can(Permissions.OrdersManage, claims.Companies.Keys.Single()));
        Assert.False(caller.Can(Permissions.OrdersRead, Guid.CreateVersion7()));
        Assert.False(caller.Can(Permissions.OrdersRead));
    }

    [Fact]
    public async Task What_only_staff_may_nobody_may_for_a_company_whatever_the_token_says()
    {
        var claims = identity.Claims() with { PermissionSets = [[.. Permissions.All]] };

        var caller = await Caller(claims.Sign(identity.Key, TestIdentity.Kid));

        var company = claims.Companies.Keys.Single();
        Assert.Equal(
            Permissions.All.Except(Permissions.OfStaffOnly),
            Permissions.All.Where(permission => caller!.CanSomewhere(permission) && caller.Can(permission, company)));
        Assert.DoesNotContain(Permissions.OfStaffOnly, caller!.CanSomewhere);
    }

    [Theory]
    [InlineData("""{"alg":"none","kid":"key-1","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","kid":"key-1","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"ES384","kid":"key-1","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"es256","kid":"key-1","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"ES256","kid":"key-1","typ":"JWT"}""")]
    [InlineData("""{"alg":"ES256","kid":"key-1"}""")]
    [InlineData("""{"alg":"ES256","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"ES256","kid":"key-2","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"ES256","kid":"../../etc/passwd","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"ES256","kid":"' or 1=1 --","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"ES256","kid":"key-1","typ":"at+jwt","jku":"https://evil.example/keys"}""")]
    [InlineData("""{"alg":"ES256","kid":"key-1","typ":"at+jwt","x5u":"https://evil.example/cert"}""")]
    [InlineData("""{"alg":"ES256","kid":"key-1","typ":"at+jwt","jwk":{"kty":"EC"}}""")]
    [InlineData("""{"alg":"ES256","kid":"key-1","typ":"at+jwt","crit":["exp"],"exp":1}""")]
    [InlineData("""{"alg":"ES256","kid":"key-1","typ":"at+jwt","b64":false}""")]
    [InlineData("""{"alg":"ES256","alg":"none","kid":"key-1","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"ES256","kid":1,"typ":"at+jwt"}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("not json")]
    public async Task A_header_that_is_not_exactly_ours_is_refused_even_when_our_key_signed_it(string header) =>
        Assert.Null(await Caller(Sign(header, Payload())));

    [Theory]
    [InlineData("\"iss\":\"souk\"", "\"iss\":\"evil\"")]
    [InlineData("\"aud\":\"souk\"", "\"aud\":\"other\"")]
    [InlineData("\"aud\":\"souk\"", "\"aud\":[\"souk\"]")]
    [InlineData("\"exp\":", "\"expires\":")]
    [InlineData("\"sub\":\"", "\"sub\":\"x")]
    [InlineData("\"iss\":\"souk\"", "\"iss\":\"souk\",\"iss\":\"souk\"")]
    [InlineData("\"companies\":{", "\"companies\":{\"01a1fb74-177a-7ede-9fc8-9bd8dfc60154\":7,")]
    public async Task A_payload_that_is_wrong_is_refused_even_when_our_key_signed_it(string was, string becomes)
    {
        var payload = Payload();
        Assert.Contains(was, payload, StringComparison.Ordinal);

        Assert.Null(await Caller(Sign(GoodHeader, payload.Replace(was, becomes, StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Our_public_key_is_no_secret_of_a_hash()
    {
        var signed = $"{Encode("""{"alg":"HS256","kid":"key-1","typ":"at+jwt"}""")}.{Encode(Payload())}";
        var mac = HMACSHA256.HashData(identity.Key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(signed));

        Assert.Null(await Caller($"{signed}.{Base64Url.EncodeToString(mac)}"));
    }

    [Fact]
    public async Task Tokens_that_were_touched_are_refused()
    {
        var good = Sign(GoodHeader, Payload());
        var (header, payload, signature) = (good.Split('.')[0], good.Split('.')[1], good.Split('.')[2]);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] bad =
        [
            "", ".", "..", "...", header, $"{header}.{payload}", $"{header}.{payload}.", $"..{signature}", $"{good}.x", $"{good}=", $" {good}", $"{good}\n",
            $"{header}.{payload}.{signature[..^4]}", $"{header}.{payload}.{signature}AAAA", $"{header}.{payload}.{new string('A', 86)}",
            $"{header}.{Encode(Payload())}.{signature}", $"{header}.{payload[..^1]}.{signature}",
            $"{header}.{payload}.{Base64Url.EncodeToString(identity.Key.SignData(Encoding.ASCII.GetBytes($"{header}.{payload}"), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))}",
            identity.Claims().Sign(stranger, TestIdentity.Kid),
            new string('a', 100_000), $"{header}.{new string('a', 100_000)}.{signature}",
        ];

        Assert.NotNull(await Caller(good));
        foreach (var token in bad)
            Assert.Null(await Caller(token));
    }

    [Fact]
    public async Task A_token_is_good_between_its_times_and_a_little_longer_for_clocks_that_differ()
    {
        var token = identity.Claims().Sign(identity.Key, TestIdentity.Kid);
        var tomorrow = identity.Claims(age: TimeSpan.FromMinutes(-2)).Sign(identity.Key, TestIdentity.Kid);

        Assert.NotNull(await Caller(token));
        Assert.Null(await Caller(tomorrow));
        identity.Clock.GoOn(TimeSpan.FromSeconds(329));
        Assert.NotNull(await Caller(token));
        identity.Clock.GoOn(TimeSpan.FromSeconds(2));
        Assert.Null(await Caller(token));
    }

    [Fact]
    public async Task A_token_that_lives_longer_than_ours_do_is_refused()
    {
        var claims = identity.Claims();

        Assert.Null(await Caller((claims with { Exp = claims.Iat + 3600 }).Sign(identity.Key, TestIdentity.Kid)));
    }

    [Fact]
    public async Task What_was_revoked_is_refused_although_its_signature_is_remembered()
    {
        var (ended, old, other) = (identity.Claims(), identity.Claims(), identity.Claims());
        var tokens = new[] { ended, old, other }.Select(claims => claims.Sign(identity.Key, TestIdentity.Kid)).ToArray();
        foreach (var token in tokens)
            Assert.NotNull(await Caller(token));

        identity.Revoked.Add(new Revocation(ended.Sid, ended.Sub, identity.Clock.GetUtcNow()));
        identity.Revoked.Add(new Revocation(null, old.Sub, identity.Clock.GetUtcNow().AddMilliseconds(1)));

        Assert.Null(await Caller(tokens[0]));
        Assert.Null(await Caller(tokens[1]));
        Assert.NotNull(await Caller(tokens[2]));
        var later = identity.Clock.GetUtcNow().AddMilliseconds(2).ToUnixTimeMilliseconds() / 1000m;
        Assert.NotNull(await Caller((old with { Iat = later, Nbf = later }).Sign(identity.Key, TestIdentity.Kid)));
    }

    [Fact]
    public async Task Unknown_key_names_are_asked_for_once_a_second_however_many_come()
    {
        for (var i = 0; i < 100; i++)
            Assert.Null(await Caller(Sign(GoodHeader.Replace("key-1", $"key-x{i}", StringComparison.Ordinal), Payload())));

        Assert.Equal(1, identity.KeyQuestions);
        identity.Clock.GoOn(TimeSpan.FromSeconds(2));
        Assert.Null(await Caller(Sign(GoodHeader.Replace("key-1", "key-y", StringComparison.Ordinal), Payload())));
        Assert.Equal(2, identity.KeyQuestions);
    }

    [Fact]
    public async Task An_API_key_acts_for_its_company_and_is_asked_about_again_after_seconds()
    {
        var owner = new ApiKeyOwner(Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), [Permissions.StockRead]);
        identity.ApiKeys["souk_key"] = owner;

        var caller = await identity.Callers.OfApiKey("souk_key", TestContext.Current.CancellationToken);
        await identity.Callers.OfApiKey("souk_key", TestContext.Current.CancellationToken);

        Assert.True(caller!.Can(Permissions.StockRead, owner.CompanyId));
        Assert.False(caller.Can(Permissions.StockRead));
        Assert.Equal(owner.KeyId, caller.ApiKeyId);
        Assert.Equal(1, identity.ApiKeyQuestions);

        identity.ApiKeys.Clear();
        identity.Clock.GoOn(TimeSpan.FromSeconds(4));
        Assert.Null(await identity.Callers.OfApiKey("souk_key", TestContext.Current.CancellationToken));
    }

    private ValueTask<Caller?> Caller(string token) => identity.Callers.OfToken(token, TestContext.Current.CancellationToken);

    private string Payload() =>
        Encoding.UTF8.GetString(Base64Url.DecodeFromChars(identity.Claims().Sign(identity.Key, TestIdentity.Kid).Split('.')[1]));

    private string Sign(string header, string payload)
    {
        var signed = $"{Encode(header)}.{Encode(payload)}";
        var signature = identity.Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}

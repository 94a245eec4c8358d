using Microsoft.Extensions.Configuration;
using Souk.Identity;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.UnitTests.Platform.Security;

namespace Souk.UnitTests.Identity;

/// <summary>Refresh tokens, mailed links and device tokens: derived, signed, each good for one thing only.</summary>
public sealed class SecretsOfIdentityTests
{
    private readonly RefreshTokens refresh = new(TestIdentity.Secrets());
    private readonly Links links = new(TestIdentity.Secrets(), Configuration("https://souk.example/"));

    [Fact]
    public void A_refresh_token_has_one_successor_and_is_read_as_it_was_written()
    {
        var first = RefreshTokens.First(Guid.CreateVersion7());
        var second = refresh.After(first);

        Assert.Equal(refresh.Write(second), refresh.Write(refresh.After(refresh.Read(refresh.Write(first))!)));
        Assert.Equal((first.SessionId, 1), (second.SessionId, second.Generation));
        Assert.NotEqual(first.Secret, second.Secret);
        Assert.NotEqual(refresh.Write(second), refresh.Write(new RefreshTokens(TestIdentity.Secrets("another secret of thirty-two characters")).After(first)));
    }

    [Fact]
    public void Only_refresh_tokens_of_ours_are_read()
    {
        var token = refresh.Write(RefreshTokens.First(Guid.CreateVersion7()));

        // The last character holds two bits that say nothing; all the others count.
        for (var i = 0; i < token.Length - 1; i++)
            Assert.Null(refresh.Read(token[..i] + (token[i] == 'A' ? 'Q' : 'A') + token[(i + 1)..]));
        foreach (var bad in new[] { "", token[1..], token + "A", new string('A', token.Length), new string(' ', token.Length) })
            Assert.Null(refresh.Read(bad));
    }

    [Fact]
    public void A_link_is_of_one_request_and_one_purpose_on_the_configured_address()
    {
        var id = Guid.CreateVersion7();
        var token = links.Token(id, LinkPurpose.ResetPassword);

        Assert.Equal(id, links.Read(token, LinkPurpose.ResetPassword));
        Assert.Null(links.Read(token, LinkPurpose.VerifyEmail));
        Assert.Null(links.Read(token[..^1] + (token[^1] == 'A' ? 'Q' : 'A'), LinkPurpose.ResetPassword));
        Assert.Equal($"https://souk.example/reset-password#token={token}", links.Url(id, LinkPurpose.ResetPassword));
    }

    [Fact]
    public void A_device_is_known_to_its_account_only()
    {
        var devices = new Devices(TestIdentity.Secrets());
        var (ann, bob) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var token = devices.New(ann);

        Assert.NotNull(devices.Read(token, ann));
        Assert.Null(devices.Read(token, bob));
        Assert.Null(devices.Read(null, ann));
        Assert.Null(devices.Read(new string('A', token.Length), ann));
    }

    private static IConfiguration Configuration(string publicUrl) =>
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Souk:PublicUrl"] = publicUrl }).Build();
}

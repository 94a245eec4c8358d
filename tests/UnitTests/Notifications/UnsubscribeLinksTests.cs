using Microsoft.Extensions.Configuration;
using Souk.Notifications;
using Souk.Notifications.Domain;
using Souk.Platform.Security;

namespace Souk.UnitTests.Notifications;

public class UnsubscribeLinksTests
{
    private static readonly Kind News = Kinds.Find(Kinds.News)!;

    [Fact]
    public void A_link_names_its_account_and_kind_on_the_configured_address()
    {
        var (links, account) = (Links("one secret"), Guid.CreateVersion7());

        var url = links.Url(account, News);

        Assert.StartsWith("https://souk.example/unsubscribe/", url, StringComparison.Ordinal);
        Assert.Equal((account, News), links.Read(url[(url.LastIndexOf('/') + 1)..]));
    }

    [Fact]
    public void What_was_not_signed_here_is_read_by_nobody()
    {
        var links = Links("one secret");
        var token = links.Token(Guid.CreateVersion7(), News);

        for (var i = 0; i < token.Length - 1; i++)
            Assert.Null(links.Read(token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..]));
        Assert.All(["", "x", token[1..], token + "AAAA", new string('A', 200), "ä"], forged => Assert.Null(
            links.Read(forged)));
        Assert.Null(Links("another secret").Read(token));
    }

    [Fact]
    public void An_address_has_one_key_however_it_is_written_and_another_in_another_deployment()
    {
        var keys = new AddressKeys(SecretsOf("one secret"));

        Assert.Equal(keys.Of("Anna@Example.com"), keys.Of(" anna@example.com "));
        Assert.NotEqual(keys.Of("anna@example.com"), keys.Of("anne@example.com"));
        Assert.NotEqual(
            keys.Of("anna@example.com"), new AddressKeys(SecretsOf("another secret")).Of("anna@example.com"));
    }

    private static UnsubscribeLinks Links(string secret) => new(SecretsOf(secret), Configuration(secret));

    private static Secrets SecretsOf(string secret) => new(Configuration(secret));

    private static IConfiguration Configuration(string secret) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Souk:Secret"] = secret.PadRight(32, '.'),
            ["Souk:PublicUrl"] = "https://souk.example/",
        })
        .Build();
}

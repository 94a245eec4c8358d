using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Souk.Contracts.Carts;
using Souk.Contracts.Catalog;
using Souk.Contracts.Identity;
using Souk.Host.Internal;
using Souk.IntegrationTests.Flows;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Split;

/// <summary>What services ask each other is answered alike in one process and over HTTP, and over HTTP to nobody else.</summary>
[Trait("Shape", "one")]
public sealed class NeighbourTests(SoukServer souk)
{
    private static readonly byte[] Key = NeighbourToken.Key(new Secrets(
        new ConfigurationBuilder().AddInMemoryCollection([new("Souk:Secret", SoukServer.Secret)]).Build()));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<bool> Ways => [false, true];

    [Theory, MemberData(nameof(Ways))]
    public async Task Catalog_tells_offers_and_those_of_a_product(bool overHttp)
    {
        var seller = await souk.Seller();
        var product = await seller.Http.Send("/products", new
        {
            name = "Lamp \"Ä\"", sku = $"L-{Guid.CreateVersion7():N}", price = new { amount = 1999, currency = "EUR" },
            stock = 3,
        }, HttpStatusCode.Created);
        var (offer, productId) = (product.GetProperty("offers")[0].Id(), product.Id());

        await Asking<ICatalogApi>(overHttp, "catalog", neighbour => new CatalogOverHttp(neighbour), async catalog =>
        {
            // Not before Catalog has heard who sells it.
            var ofProduct = await Eventually(async () => (await catalog.OffersOfProduct(productId, Ct)).SingleOrDefault());
            var told = Assert.Single(await catalog.Offers([offer, Guid.CreateVersion7()], Ct));

            Assert.Equal(
                (offer, productId, 1999, "EUR", seller.CompanyId),
                (told.OfferId, told.ProductId, told.PriceMinor, told.Currency, told.CompanyId));
            Assert.Equal(Text(told), Text(ofProduct));
            Assert.Empty(await catalog.Offers([], Ct));
            Assert.Empty(await catalog.OffersOfProduct(Guid.CreateVersion7(), Ct));
            await Assert.ThrowsAnyAsync<ArgumentException>(() => catalog.Offers(new Guid[101], Ct));
        });
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Carts_tells_a_contact_and_a_kept_one_to_its_account_alone(bool overHttp)
    {
        var buyer = await souk.Buyer();
        var kept = await buyer.Http.Send("/contacts", Shopping.Contact, HttpStatusCode.Created);
        var id = kept.GetProperty("id").GetGuid();

        await Asking<ICartsApi>(overHttp, "carts", neighbour => new CartsOverHttp(neighbour), async carts =>
        {
            Assert.Equal("ada@example.com", (await carts.Contact(id, Ct))!.Email);
            Assert.Equal("10115", (await carts.KeptContact(id, buyer.AccountId, Ct))!.Shipping.Postcode);
            Assert.Null(await carts.KeptContact(id, Guid.CreateVersion7(), Ct));
            Assert.Null(await carts.Contact(Guid.CreateVersion7(), Ct));
        });
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Carts_prices_what_is_added_to_an_order(bool overHttp)
    {
        var seller = await souk.Seller();
        var offer = await new Stall(seller.Http, seller.CompanyId).Sells(1000, 5);
        await new Street(souk.Client).OnSale(offer);
        var kept = await (await souk.Buyer()).Http.Send("/contacts", Shopping.Contact, HttpStatusCode.Created);
        var contact = kept.GetProperty("id").GetGuid();

        await Asking<ICartsApi>(overHttp, "carts", neighbour => new CartsOverHttp(neighbour), async carts =>
        {
            var priced = await carts.PriceAddition(
                new WantedAddition(contact, null, [new WantedPieces(offer, 2)], []), Ct);
            var line = Assert.Single(priced!.Lines);
            Assert.Equal((offer, 2, 1000), (line.OfferId, line.Quantity, line.UnitPriceMinor));
            Assert.Equal(seller.CompanyId, Assert.Single(priced.Parts).CompanyId);
            Assert.Empty(priced.Problems);

            var unknown = await carts.PriceAddition(
                new WantedAddition(contact, null, [new WantedPieces(Guid.CreateVersion7(), 1)], []), Ct);
            Assert.Equal("not_available", Assert.Single(unknown!.Problems).Code);
            Assert.Null(await carts.PriceAddition(
                new WantedAddition(Guid.CreateVersion7(), null, [new WantedPieces(offer, 1)], []), Ct));
        });
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Identity_tells_people_keys_and_what_was_revoked(bool overHttp)
    {
        var seller = await souk.Seller();
        using (var left = await (await souk.Buyer()).PostAsync("/auth/logout", null, Ct))
            Assert.True(left.IsSuccessStatusCode);

        await Asking<IIdentityApi>(overHttp, "identity", neighbour => new IdentityOverHttp(neighbour), async identity =>
        {
            Assert.Equal(seller.Email, (await identity.Account(seller.AccountId, Ct))!.Email);
            Assert.Equal(seller.Email, Assert.Single(await identity.Members(seller.CompanyId, "orders.read", Ct)).Email);
            Assert.NotEmpty(await identity.Keys(Ct));
            var ended = await identity.Revocations(0, Ct);
            Assert.True(ended.Position > 0);
            Assert.Contains(ended.Items, item => item.SessionId is not null);
            Assert.Null(await identity.Account(Guid.CreateVersion7(), Ct));
            Assert.Empty(await identity.Members(Guid.CreateVersion7(), "orders.read", Ct));
            Assert.Null(await identity.Link(Guid.CreateVersion7(), Ct));
            Assert.Null(await identity.ApiKey("souk_nobody's", Ct));
        });
    }

    [Theory]
    [InlineData("no token")]
    [InlineData("an access token")]
    [InlineData("another deployment's")]
    [InlineData("expired")]
    [InlineData("for another service")]
    [InlineData("of the far future")]
    [InlineData("changed")]
    [InlineData("rubbish")]
    public async Task Who_shows_no_good_token_is_told_nothing(string shown)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var good = new NeighbourToken("identity", "carts", null, now + 60);
        var token = shown switch
        {
            "no token" => null,
            "an access token" => (await souk.Staff()).AccessToken,
            "another deployment's" => good.Sign(new byte[32]),
            "expired" => (good with { Exp = now - 31 }).Sign(Key),
            "for another service" => (good with { To = "catalog" }).Sign(Key),
            "of the far future" => (good with { Exp = now + 3600 }).Sign(Key),
            "changed" => (good with { For = "account:1" }).Sign(Key).Split('.')[0] + "." + good.Sign(Key).Split('.')[1],
            _ => "rubbish.rubbish",
        };

        using var answer = await Post(souk.Internal, token);

        Assert.Equal("invalid_token", (await Answers.Body(answer, HttpStatusCode.Unauthorized)).Text("code"));
        using var withGood = await Post(souk.Internal, good.Sign(Key));
        Assert.Equal(HttpStatusCode.OK, withGood.StatusCode);
    }

    [Fact]
    public async Task Neither_listener_has_the_routes_of_the_other()
    {
        var soon = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60;
        var token = new NeighbourToken("identity", "carts", null, soon).Sign(Key);
        using var client = souk.Client();

        using var withoutToken = await client.PostAsJsonAsync("/_internal/identity/account", Guid.CreateVersion7(), Ct);
        using var request = Question(souk.Url, token: null);
        request.Headers.Host = souk.Internal.Authority;
        using var byHost = await client.SendAsync(request, Ct);
        using var publicAtInternal = await client.GetAsync(new Uri(souk.Internal, "/products"), Ct);
        using var healthAtInternal = await client.GetAsync(new Uri(souk.Internal, "/health/ready"), Ct);
        using var atPublic = await Post(souk.Url, token);

        Assert.Equal(HttpStatusCode.NotFound, withoutToken.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, byHost.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, publicAtInternal.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, healthAtInternal.StatusCode);
        // No token of ours is an access token: refused before any route is looked at.
        Assert.Equal(HttpStatusCode.Unauthorized, atPublic.StatusCode);
        Assert.DoesNotContain("_internal", await client.GetStringAsync("/openapi.json", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_neighbour_that_is_away_is_a_503_that_says_when_to_come_again()
    {
        using var neighbour = NeighbourAt("catalog", new Uri($"http://127.0.0.1:{SoukServer.FreePort()}"));
        var catalog = new CatalogOverHttp(neighbour);

        var refusal = await Assert.ThrowsAsync<RuleException>(() => catalog.Offers([Guid.CreateVersion7()], Ct));

        Assert.Equal((503, "neighbour_unreachable"), (refusal.Status, refusal.Code));
    }

    private async Task Asking<TApi>(bool overHttp, string service, Func<Neighbour, TApi> client, Func<TApi, Task> ask)
        where TApi : class
    {
        await using var scope = souk.Services.CreateAsyncScope();
        using var neighbour = NeighbourAt(service, souk.Internal);
        await ask(overHttp ? client(neighbour) : scope.ServiceProvider.GetRequiredService<TApi>());
    }

    private static Neighbour NeighbourAt(string service, Uri address) =>
        new(service, address, "tests", Key, new HttpContextAccessor(), TimeProvider.System,
            NullLogger<Neighbour>.Instance);

    private async Task<HttpResponseMessage> Post(Uri to, string? token)
    {
        using var request = Question(to, token);
        return await souk.Client().SendAsync(request, Ct);
    }

    private static HttpRequestMessage Question(Uri to, string? token)
    {
        var question = new HttpRequestMessage(HttpMethod.Post, new Uri(to, "/_internal/identity/account"))
        {
            Content = JsonContent.Create(Guid.CreateVersion7()),
        };
        if (token is not null)
            question.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return question;
    }

    private static string Text(OfferChanged offer) => JsonSerializer.Serialize(offer, Json.Events);
}

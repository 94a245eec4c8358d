using System.Net;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Gateway;

/// <summary>What the gateway does when a service breaks off, is silent or gone. Each test has a service to itself: failing marks it.</summary>
public sealed class FaultsTests(FakeMarketplace market) : IClassFixture<FakeMarketplace>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "/payments", 1)]
    [InlineData("PUT", "/warehouses/1", 1)]
    [InlineData("DELETE", "/orders/1", 1)]
    [InlineData("GET", "/emails", 2)]
    public async Task A_write_that_was_sent_is_never_sent_again_a_read_is_once(string method, string path, int arrivals)
    {
        var (status, body, id) = await Send(method, path, "break");

        Assert.Equal((HttpStatusCode.BadGateway, "service_lost"), (status, (string?)body["code"]));
        Assert.True((bool)body["retryable"]!);
        Assert.Equal(arrivals, market.Services.Arrivals(id));
    }

    [Theory]
    [InlineData("POST", "/auth/login", 1)]
    [InlineData("GET", "/products", 2)]
    public async Task A_service_that_is_silent_is_not_waited_for_without_end(string method, string path, int arrivals)
    {
        var (status, body, id) = await Send(method, path, "silent");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "service_silent"), (status, (string?)body["code"]));
        Assert.Equal(arrivals, market.Services.Arrivals(id));
    }

    [Fact]
    public async Task A_write_goes_to_another_replica_when_the_first_does_not_take_the_connection()
    {
        // The first replica of Carts is gone; it is asked first, and again after two seconds.
        var tried = $"\"upstream\":\"127.0.0.1:{market.Gone} : {market.Services.Servers("carts")[0]}\"";
        await Eventually(async () =>
        {
            var (status, _, id) = await Send("POST", "/cart", "");

            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(1, market.Services.Arrivals(id));
            Assert.Contains(tried, market.Nginx.Output, StringComparison.Ordinal);
        });
    }

    private async Task<(HttpStatusCode, JsonNode, string)> Send(string method, string path, string fault)
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        var id = Guid.CreateVersion7().ToString();
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Headers = { { "X-Request-Id", id }, { "X-Fake", fault } },
        };
        if (method is "POST" or "PUT")
            request.Content = new StringContent("""{"quantity": 1}""");
        using var answer = await client.SendAsync(request, Ct);
        if (answer.StatusCode >= HttpStatusCode.InternalServerError)
            Assert.NotNull(answer.Headers.RetryAfter);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!, id);
    }
}

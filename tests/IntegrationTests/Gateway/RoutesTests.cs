using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Souk.Host.Commands;

namespace Souk.IntegrationTests.Gateway;

/// <summary>Every request comes to the service that answers it, and to no other.</summary>
public sealed partial class RoutesTests(FakeMarketplace market) : IClassFixture<FakeMarketplace>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_generated_routes_are_those_of_the_program()
    {
        var path = Path.Combine(Repository.Root, "deploy", "nginx", "routes.conf");
        var made = await GatewayConfig.Write(Environments.Production);
        if (Environment.GetEnvironmentVariable("SOUK_UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(path, made, Ct);

        Assert.True(
            made == await File.ReadAllTextAsync(path, Ct),
            "deploy/nginx/routes.conf is not what the routes say. Write it with SOUK_UPDATE_DOCS=1 ./test Gateway.");
    }

    [Fact]
    public async Task Every_operation_of_the_document_comes_to_its_service()
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "openapi.json"), Ct);
        // The built-in gateway of payments is there in Development only.
        var operations = JsonNode.Parse(document)!["paths"]!.AsObject()
            .Where(path => !path.Key.StartsWith("/gateway-simulator/", StringComparison.Ordinal))
            .SelectMany(path => path.Value!.AsObject().Where(operation => operation.Value is JsonObject)
                .Select(operation => (
                    Method: operation.Key.ToUpperInvariant(), Path: path.Key,
                    Service: ((string)operation.Value!["tags"]![0]!).ToLowerInvariant())))
            .ToList();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct };
        var wrong = new List<string>();

        Assert.NotEmpty(operations);
        await Parallel.ForEachAsync(operations, parallel, async (operation, ct) =>
        {
            var target = Parameter().Replace(operation.Path, Guid.CreateVersion7().ToString()) + "?a=%2F+b";
            using var request = new HttpRequestMessage(new HttpMethod(operation.Method), target);
            using var answer = await client.SendAsync(request, ct);
            var arrived = answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<Arrived>(ct) : null;
            if ((arrived?.Service, arrived?.Method, arrived?.Target) != (operation.Service, operation.Method, target))
                lock (wrong)
                    wrong.Add($"{operation}: {answer.StatusCode} {arrived}");
        });

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("GET", "/Orders", "orders")]
    [InlineData("GET", "/orders/", "orders")]
    [InlineData("POST", "/ORDERS/BATCH", "carts")]
    [InlineData("GET", "/products/no-such-thing/at/all", "catalog")]
    [InlineData("PATCH", "/cart", "carts")]
    [InlineData("HEAD", "/products", "catalog")]
    public async Task What_the_program_takes_for_the_same_path_comes_to_the_same_service(
        string method, string path, string service)
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        var id = Guid.CreateVersion7().ToString();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("X-Request-Id", id);

        using var answer = await client.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        if (method != "HEAD")
            Assert.Equal(service, (await answer.Content.ReadFromJsonAsync<Arrived>(Ct))!.Service);
        Assert.Equal(1, market.Services.Arrivals(id));
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/health/ready")]
    [InlineData("/health")]
    [InlineData("/_internal/identity/keys")]
    [InlineData("/mailbox")]
    [InlineData("/gateway-simulator/charges/1/approve")]
    [InlineData("/")]
    [InlineData("/productsandmore")]
    [InlineData("//products")]
    [InlineData("/products/../metrics")]
    [InlineData("/products/..%2fmetrics")]
    [InlineData("/products/%2e%2e/_internal")]
    [InlineData("/_gateway/502")]
    [InlineData("/orders/1/2/3")]
    public async Task What_is_no_route_for_everybody_goes_no_further(string path)
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        var id = Guid.CreateVersion7().ToString();
        using var request = new HttpRequestMessage(HttpMethod.Get, market.Nginx.Raw(path));
        request.Headers.Add("X-Request-Id", id);

        using var answer = await client.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("not_found", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!["code"]);
        Assert.Equal(0, market.Services.Arrivals(id));
    }

    [Theory]
    [InlineData("DELETE", "/orders", "GET, POST")]
    [InlineData("PUT", "/orders?x=1", "GET, POST")]
    [InlineData("TRACE", "/orders", "GET, POST, PUT, DELETE")]
    public async Task A_method_that_none_of_the_services_of_a_path_has_is_refused_with_those_there_are(
        string method, string path, string allowed)
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var answer = await client.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow));
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!;
        Assert.Equal($"Use one of: {allowed}.", (string?)problem["detail"]);
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}

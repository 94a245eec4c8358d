using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Http;

[Trait("Shape", "one")]
[Collection(nameof(OpenHost))]
public sealed class OpenApiTests(OpenHost host, SoukServer souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void The_routes_that_answer_and_the_routes_in_the_document_are_the_same()
    {
        using var _ = host.Client();
        var answering = host.Routes.Select(route => $"{route.Method} {route.Path}").Distinct().Order().ToArray();
        var documented = Operations().Select(operation => $"{operation.Method} {operation.Path}").Order().ToArray();

        Assert.Empty(answering.Except(documented));
        Assert.Empty(documented.Except(answering));
        Assert.NotEmpty(documented);
    }

    [Fact]
    public void Every_operation_says_what_it_does_who_may_what_may_go_wrong_and_shows_an_example()
    {
        using var _ = host.Client();
        var lacks = new List<string>();
        foreach (var (method, path, operation) in Operations())
        {
            void Want(bool isThere, string what)
            {
                if (!isThere)
                    lacks.Add($"{method} {path}: {what}");
            }
            Want(operation["summary"]?.ToString() is { Length: > 3 } and not "Not described", "summary");
            Want(operation["description"]?.ToString() is { Length: > 20 }, "description");
            Want(operation["operationId"] is not null, "operationId");
            Want(operation["security"] is JsonArray { Count: > 0 }, "security");
            var responses = operation["responses"]!.AsObject();
            Want(responses.Any(response => response.Key[0] == '4'), "error codes");
            Want(responses.Any(response => response.Key[0] is '2' or '3'), "a successful answer");
            foreach (var content in Contents(operation["requestBody"]).Concat(responses.Where(response => response.Key[0] == '2').SelectMany(response => Contents(response.Value))))
                if (content.Key == "application/json" && content.Value!["schema"] is JsonObject { Count: > 0 } schema)
                {
                    Want(content.Value.AsObject().ContainsKey("example"), "an example of " + content.Key);
                    Want(schema["$ref"]?.ToString() != "#/components/schemas/JsonElement", "what is in " + content.Key);
                }
        }
        Assert.True(lacks.Count == 0, string.Join('\n', lacks));
    }

    [Fact]
    public async Task The_committed_document_is_the_one_that_is_served()
    {
        using var _ = host.Client();
        var path = Path.Combine(Repository.Root, "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable("SOUK_UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(path, host.Text, Ct);

        Assert.True(File.Exists(path) && await File.ReadAllTextAsync(path, Ct) == host.Text,
            "docs/openapi.json is not what the routes say. Look at the difference, then write it with SOUK_UPDATE_DOCS=1 ./test OpenApi.");
    }

    [Fact]
    public async Task The_document_is_served_however_long_it_takes_to_make()
    {
        await using var scope = souk.Services.CreateAsyncScope();
        var gaveUp = new CancellationToken(canceled: true);
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider, RequestAborted = gaveUp };
        http.Response.Body = new MemoryStream();
        var route = scope.ServiceProvider.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Single(route => route.RoutePattern.RawText == "/openapi.json");

        await route.RequestDelegate!(http);

        Assert.Equal(200, http.Response.StatusCode);
        Assert.NotEqual(0, http.Response.Body.Length);
    }

    private IEnumerable<(string Method, string Path, JsonObject Operation)> Operations() =>
        host.Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
            .Where(operation => operation.Value is JsonObject)
            .Select(operation => (operation.Key.ToUpperInvariant(), path.Key, operation.Value!.AsObject())));

    private static JsonObject Contents(JsonNode? of) => of?["content"]?.AsObject() ?? [];
}

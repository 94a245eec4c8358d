using System.Net;
using System.Text;
using Souk.Platform.Http;

namespace Souk.IntegrationTests.Http;

/// <summary>The routes of the first drafts still answer: each is another name of a canonical route, takes its own body, and says so in the document.</summary>
[Collection(nameof(OpenHost))]
public sealed class AliasTests(OpenHost host)
{
    private const string Id = "019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string?> Rows() => new()
    {
        { "POST", "/user/register", """{"username":"NAME","email":"NAME@example.com","password":"three cups of mint tea","user_type":"customer"}""" },
        { "POST", "/user/login", """{"username":"NAME","password":"three cups of mint tea"}""" },
        { "POST", "/user/logout", null },
        { "POST", "/user/password-reset-request", """{"email":"NAME@example.com"}""" },
        { "POST", "/user/password-reset", """{"token":"none","password":"three cups of mint tea"}""" },
        { "GET", "/user/profile", null },
        { "PUT", "/user/profile", """{"first_name":"Ann","last_name":"Lee"}""" },
        { "POST", "/user/refresh-token", """{"refresh_token":"none"}""" },
        { "POST", "/company/register", """{"username":"NAME","email":"NAME@example.com","password":"three cups of mint tea"}""" },
        { "POST", "/company/login", """{"username":"NAME","password":"three cups of mint tea"}""" },
        { "POST", "/company/logout", null },
        { "POST", "/company/password-reset-request", """{"email":"NAME@example.com"}""" },
        { "POST", "/company/password-reset", """{"token":"none","password":"three cups of mint tea"}""" },
        { "GET", "/company/profile", null },
        { "PUT", "/company/profile", """{"name":"Tea and Lamps","country":"DE"}""" },
        { "POST", "/company/refresh-token", """{"refresh_token":"none"}""" },
        { "POST", "/register", """{"username":"NAME","email":"NAME@example.com","password":"three cups of mint tea"}""" },
        { "POST", "/login", """{"username":"NAME","password":"three cups of mint tea"}""" },
        { "POST", "/logout", null },
        { "POST", "/refresh-token", """{"refresh_token":"none"}""" },
        { "GET", "/product/{id}", null },
        { "PUT", "/product/{id}", """{"name":"Lamp","price":49.9}""" },
        { "DELETE", "/product/{id}", null },
        { "POST", "/product", """{"name":"Lamp","description":"A lamp.","price":49.9}""" },
        { "GET", "/inventory/product/{id}", null },
        { "PUT", "/inventory/product/{id}/stock", """{"quantity":5}""" },
        { "POST", "/inventory/warehouse", """{"name":"North","location":"Rotterdam"}""" },
        { "GET", "/inventory/warehouses", null },
        { "POST", "/order", $$"""{"items":[{"product_id":"{{Id}}","quantity":1}],"payment_method":"card"}""" },
        { "GET", "/order/{id}", null },
        { "PUT", "/order/{id}", $$"""{"contact_id":"{{Id}}"}""" },
        { "DELETE", "/order/{id}", null },
        { "POST", "/payment", $$"""{"order_id":"{{Id}}","payment_method":"card","amount":49.9,"token":"tok_success"}""" },
        { "GET", "/payment/{id}", null },
        { "POST", "/payment/refund", $$"""{"payment_id":"{{Id}}","amount":49.9}""" },
        { "POST", "/email/send", """{"recipient":"NAME@example.com","subject":"Hello","body":"Good day."}""" },
        { "POST", "/email/template", """{"name":"NAME","subject":"Hello","text":"Good day."}""" },
        { "POST", "/notification/send", $$"""{"user_id":"{{Id}}","message":"Good day."}""" },
        { "POST", "/notification/subscribe", """{"kind":"news"}""" },
        { "POST", "/notification/unsubscribe", """{"kind":"news"}""" },
        { "POST", "/cart/add", $$"""{"product_id":"{{Id}}","quantity":1}""" },
        { "PUT", "/cart/update", $$"""{"product_id":"{{Id}}","quantity":2}""" },
        { "DELETE", "/cart/remove", null },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task An_alias_answers_and_takes_its_own_body(string method, string path, string? body)
    {
        using var client = host.Client();
        var route = Assert.Single(host.Routes, route => route.Method == method && route.Path == path).Route;
        var name = "a" + Guid.CreateVersion7().ToString("N")[20..];
        using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{id}", Id, StringComparison.Ordinal) + (path == "/cart/remove" ? $"?product_id={Id}" : ""));
        request.Headers.Add("Idempotency-Key", name);
        if (body is not null)
            request.Content = new StringContent(body.Replace("NAME", name, StringComparison.Ordinal), Encoding.UTF8, "application/json");

        using var answer = await client.SendAsync(request, Ct);

        var said = await answer.Content.ReadAsStringAsync(Ct);
        Assert.NotNull(route.Metadata.GetMetadata<AliasRoute>());
        Assert.NotNull(host.Document["paths"]![path]![method.ToLowerInvariant()]!["x-alias-of"]);
        // The thing is not there, or the caller may not; but the route understood what it was asked.
        Assert.True(answer.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed) && (int)answer.StatusCode < 500, $"{(int)answer.StatusCode}: {said}");
        Assert.DoesNotContain("validation_failed", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_alias_has_its_row()
    {
        using var _ = host.Client();
        var rows = Rows().Select(row => $"{row.Data.Item1} {row.Data.Item2}").ToHashSet();
        var aliases = host.Routes.Where(route => route.Route.Metadata.GetMetadata<AliasRoute>() is not null).Select(route => $"{route.Method} {route.Path}");

        Assert.Empty(aliases.Except(rows));
        foreach (var alias in host.Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Where(operation => operation.Value?["x-alias-of"] is not null))
            Assert.Matches("^(GET|POST|PUT|DELETE) /", alias.Value!["x-alias-of"]!.ToString());
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Http;

/// <summary>Every route that takes a body gets bodies it must refuse. The routes are found, not listed: a new one is in it from its first day.</summary>
[Collection(nameof(OpenHost))]
public sealed class BadBodyTests(OpenHost host)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_type_a_missing_field_an_unknown_field_and_a_megabyte_too_much_are_refused_clearly_and_change_nothing()
    {
        using var client = host.Client();
        var before = await host.Rows();
        var (routes, sent) = (0, 0);
        var wrong = new List<string>();

        foreach (var (path, method, operation) in WithBody())
        {
            routes++;
            var media = operation["requestBody"]!["content"]!["application/json"]!;
            var schema = Resolve(media["schema"]!);
            var isOptional = (bool?)operation["requestBody"]!["required"] is not true;
            foreach (var (what, body, expected) in Bodies(schema, media["example"]).Where(bad => bad.Body.Length > 0 || !isOptional))
            {
                sent++;
                using var request = new HttpRequestMessage(new HttpMethod(method), Fill(path)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
                using var answer = await client.SendAsync(request, Ct);
                var text = await answer.Content.ReadAsStringAsync(Ct);
                if (Refused(answer, text, expected) is { } why)
                    wrong.Add($"{method} {path}, {what}: {(int)answer.StatusCode} {why} {text[..Math.Min(200, text.Length)]}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{routes} routes with a body, {sent} bad bodies, {wrong.Count} not refused as they must be");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.NotEqual(0, routes);
        Assert.Equal(before, await host.Rows());
    }

    private static IEnumerable<(string What, string Body, string[] Codes)> Bodies(JsonObject schema, JsonNode? example)
    {
        yield return ("no JSON", "{", ["malformed_json"]);
        yield return ("nothing", "", ["body_required"]);
        yield return ("a megabyte too much", new string(' ', 2 << 20) + "{}", ["body_too_large"]);
        if (Type(schema) != "object" || schema["properties"] is not JsonObject properties)
        {
            yield return ("a text in place of the body", "\"text\"", ["wrong_type"]);
            yield break;
        }
        yield return ("an array in place of the object", "[]", ["wrong_type"]);
        var unknown = (example?.DeepClone() as JsonObject) ?? [];
        unknown["no_such_field"] = 1;
        yield return ("an unknown field", unknown.ToJsonString(), ["unknown_field"]);
        foreach (var (name, property) in properties)
        {
            if (example is not JsonObject || property is not JsonObject of || (Type(of) is null && of["$ref"] is null))
                continue;
            var changed = (JsonObject)example.DeepClone();
            // An object where a plain value is wanted, a text where an array or an object is.
            changed[name] = Type(of) is "array" or "object" || of["$ref"] is not null ? JsonValue.Create(true) : new JsonArray(new JsonObject());
            yield return ($"the wrong type of {name}", changed.ToJsonString(), ["wrong_type", "invalid_date"]);
        }
        foreach (var name in schema["required"]?.AsArray().Select(name => name!.ToString()) ?? [])
        {
            var changed = (example?.DeepClone() as JsonObject) ?? [];
            changed.Remove(name);
            yield return ($"without {name}", changed.ToJsonString(), ["required"]);
        }
    }

    private static string? Refused(HttpResponseMessage answer, string text, string[] codes)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return $"is no problem ({answer.Content.Headers.ContentType}):";
        var problem = JsonDocument.Parse(text).RootElement;
        var code = problem.GetProperty("code").GetString();
        if (!codes.Contains(code))
            return $"has the code {code}, not {string.Join(" or ", codes)}:";
        return problem.GetProperty("detail").GetString() is { Length: > 10 and < 500 } ? null : "has no clear detail:";
    }

    private IEnumerable<(string Path, string Method, JsonObject Operation)> WithBody() =>
        host.Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
            // A webhook's body is signed bytes, read by the gateway's own rules: it has no schema.
            .Where(operation => operation.Value?["requestBody"]?["content"]?["application/json"]?["schema"] is JsonObject { Count: > 0 })
            .Select(operation => (path.Key, operation.Key.ToUpperInvariant(), operation.Value!.AsObject())));

    private JsonObject Resolve(JsonNode schema) =>
        schema["$ref"]?.ToString() is { } reference ? host.Document["components"]!["schemas"]![reference[(reference.LastIndexOf('/') + 1)..]]!.AsObject() : schema.AsObject();

    private static string? Type(JsonObject schema) => schema["type"] switch
    {
        JsonArray several => several.Select(type => type!.ToString()).FirstOrDefault(type => type != "null"),
        var one => one?.ToString(),
    };

    private static string Fill(string path) =>
        string.Join('/', path.Split('/').Select(part => part.StartsWith('{') ? Guid.CreateVersion7().ToString() : part));
}

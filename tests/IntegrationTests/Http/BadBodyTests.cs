using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Http;

/// <summary>Every route that takes a body gets bodies it must refuse. The routes are found, not listed: a new one is in it from its first day.</summary>
[Collection(nameof(OpenHost))]
public sealed class BadBodyTests(OpenHost host)
{
    private const string Json = "application/json";
    private const string NoFile = "JSON in place of a file";

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
            var (type, media) = operation["requestBody"]!["content"]!.AsObject().First();
            var isOptional = (bool?)operation["requestBody"]!["required"] is not true;
            var bodies = media!["schema"] is JsonObject { Count: > 0 } schema && type == Json
                ? Bodies(Resolve(schema), media["example"])
                : BodiesWithoutFields(isJson: type == Json);
            foreach (var (what, body, expected) in bodies.Where(bad => bad.Body.Length > 0 || !isOptional))
            {
                sent++;
                using var content = new StringContent(body, Encoding.UTF8, what == NoFile ? Json : type);
                using var request = new HttpRequestMessage(new HttpMethod(method), Fill(path)) { Content = content };
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

    // A file is refused whole, and so is a webhook, whose bytes are signed: no field of either is looked at before.
    private static IEnumerable<(string What, string Body, string[] Codes)> BodiesWithoutFields(bool isJson)
    {
        string[] codes = isJson
            ? ["invalid_signature"]
            : ["not_a_picture", "empty_file", "missing_column", "unknown_column", "invalid_csv"];
        yield return ("nothing", "", codes);
        yield return ("what it is not", "no_such_field\n1\n", codes);
        yield return ("a megabyte too much", new string(' ', 6 << 20), ["body_too_large", "too_large"]);
        if (!isJson)
            yield return (NoFile, "{}", ["unsupported_media", .. codes]);
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
            .Where(operation => operation.Value?["requestBody"] is not null)
            .Select(operation => (path.Key, operation.Key.ToUpperInvariant(), operation.Value!.AsObject())));

    private JsonObject Resolve(JsonNode schema) =>
        schema["$ref"]?.ToString() is { } reference ? host.Document["components"]!["schemas"]![reference[(reference.LastIndexOf('/') + 1)..]]!.AsObject() : schema.AsObject();

    private static string? Type(JsonObject schema) => schema["type"] switch
    {
        JsonArray several => several.Select(type => type!.ToString()).FirstOrDefault(type => type != "null"),
        var one => one?.ToString(),
    };

    // A gateway is named in the path of its webhook and in the query of its file; others have no use for it.
    private static string Fill(string path) => string.Join('/', path.Split('/').Select(part => part switch
    {
        "{gateway}" => "simulator",
        ['{', ..] => Guid.CreateVersion7().ToString(),
        _ => part,
    })) + "?gateway=simulator";
}

using System.Text;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Walls;

/// <summary>
/// Every bad input for an operation, made of the document: for each field, parameter and header what its kind is sensitive
/// to, each alone in a request that is good otherwise.
/// </summary>
/// <param name="operation">The operation.</param>
/// <param name="things">Things there are, by the part of the path that stands before their id.</param>
/// <param name="random">Of the run's seed.</param>
internal sealed class BadInputs(Operation operation, IReadOnlyDictionary<string, string> things, Random random)
{
    private const string Hole = "@hole@";
    private readonly JsonNode? good = Sample.Good(operation, things);

    /// <summary>All of them.</summary>
    public IEnumerable<BadInput> All() =>
        [.. OfPath(), .. OfQuery(), .. OfHeaders(), .. OfBody(), .. OfShape(), .. OfMethod()];

    /// <summary>One with two things wrong at once, for as long as they are wanted; null where nothing is taken.</summary>
    public BadInput? Pair()
    {
        var places = good is null ? [] : Sample.Places(operation, operation.Body!).ToArray();
        var queries = operation.Parameters.Where(parameter => parameter.In == "query").ToArray();
        if (places.Length == 0 && queries.Length == 0)
            return null;
        var query = queries.Length == 0 ? null : queries[random.Next(queries.Length)];
        var inQuery = query is null ? null : Pick(BadValues.OfQuery(query));
        if (places.Length == 0)
            return Request($"two wrong: {inQuery!.What}", query: $"{query!.Name}={inQuery.Value}&x={random.Next()}",
                isRefused: inQuery.IsRefused);
        var (first, second) = (places[random.Next(places.Length)], places[random.Next(places.Length)]);
        var (a, b) = (Pick(BadValues.OfBody(first.Name, first.Schema)),
            Pick(BadValues.OfBody(second.Name, second.Schema)));
        var body = With(second, b.Value,
            With(first, Hole, good!).Replace($"\"{Hole}\"", a.Value.Length < 5000 ? a.Value : "0",
            StringComparison.Ordinal));
        return Request($"two wrong: {first.Pointer} {a.What}, {second.Pointer} {b.What}",
            query is null ? null : $"{query.Name}={inQuery!.Value}", body, isRefused: false);
    }

    private IEnumerable<BadInput> OfPath()
    {
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "path"))
            foreach (var bad in BadValues.OfPath())
                // Kestrel refuses a path with NUL by itself, and without a body.
                yield return Request($"{bad.What} as {parameter.Name}", path: Path(parameter.Name, bad.Value))
                    with { IsGarbage = bad.Value.Contains("%00", StringComparison.Ordinal) };
    }

    private IEnumerable<BadInput> OfQuery()
    {
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "query"))
            foreach (var bad in BadValues.OfQuery(parameter))
                yield return Request($"{bad.What} as {parameter.Name}", $"{parameter.Name}={bad.Value}",
                    isRefused: bad.IsRefused);
        foreach (var (what, query, isRefused) in new[]
        {
            ("a parameter twice", "x=1&x=2", true), ("NUL in a name", "a%00=1", true),
                ("an array", "a[]=1&b%5B0%5D=2", false), ("semicolons", "a=1;b=2", false),
            ("nothing but signs", "&&==&?", false), ("9 kB", new string('x', 9000), true),
                ("a method for another", "_method=DELETE", false),
        })
            yield return Request(what + " in the query", query, isRefused: isRefused);
    }

    private IEnumerable<BadInput> OfHeaders()
    {
        foreach (var (name, value, isRefused) in Headers.Of(operation))
            yield return Request($"{name}: {(value.Length > 40 ? value[..40] : value)}", headers: [(name, value)],
                isRefused: isRefused);
        yield return Request("two tokens", headers: [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]);
        yield return Request("a token and a key", headers: [("Authorization", "Bearer a"), ("X-Api-Key", "souk_b")]);
        yield return Request("101 headers", headers: [.. Enumerable.Range(0, 101).Select(n => ($"X-Header-{n}", "1"))]);
        yield return Request("33 kB of headers",
            headers: [.. Enumerable.Range(0, 5).Select(n => ($"X-Header-{n}", new string('x', 6600)))]);
        foreach (var length in new[] { "-1", "abc", "99999999999999999999" })
            yield return Request($"a length of {length}",
                headers: [("Content-Length", length), ("Connection", "close")]) with { IsGarbage = true };
        yield return Request("a header of two lines", headers: [("X-Header", "a\r\n b"), ("Connection", "close")],
            isRefused: false) with { IsGarbage = true };
        yield return Request("NUL in a header",
            headers: [("X-Header", "a\0b"), ("Connection", "close")]) with { IsGarbage = true };
        if (!operation.Parameters.Any(parameter => parameter.Name == "Idempotency-Key"))
            yield break;
        foreach (var key in new[] { "", new string('k', 256), "schlüssel", "a b", "\t", "a\u00a0b" })
            yield return Request("a bad key", headers: [("Idempotency-Key", key)]);
        yield return Request("two keys", headers: [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]);
    }

    private IEnumerable<BadInput> OfBody()
    {
        if (good is null)
            yield break;
        foreach (var place in Sample.Places(operation, operation.Body!))
        {
            foreach (var bad in BadValues.OfBody(place.Name, place.Schema))
                yield return Request($"{bad.What} at {place.Pointer}", body: With(place, bad.Value, good),
                    isRefused: bad.IsRefused);
            if (place.IsRequired)
                yield return Request($"nothing at {place.Pointer}", body: Without(place));
        }
        foreach (var name in Sample.NotTaken(operation))
        {
            var more = (JsonObject)good.DeepClone();
            more[name] = 1;
            yield return Request($"the foreign field {name}", body: more.ToJsonString());
        }
    }

    private IEnumerable<BadInput> OfShape()
    {
        if (!operation.HasBody)
            yield break;
        var text = good?.ToJsonString() ?? "{}";
        foreach (var type in new[] { "text/plain", "application/xml", "application/json; charset=latin1",
            "multipart/form-data", "application/x-www-form-urlencoded", "x", "" })
            yield return Request($"the type {type}", body: text, headers: [("Content-Type", type)]);
        yield return Request("compressed", body: text, headers: [("Content-Encoding", "gzip")]);
        yield return Request("of an unknown coding", body: text, headers: [("Content-Encoding", "nonsense")]);
        yield return Request("a chunk that is none", body: "zz\r\n",
            headers: [("Transfer-Encoding", "chunked"), ("Connection", "close")]) with { IsGarbage = true };
        yield return Request("two lengths", body: text,
            headers: [("Content-Length", "1"), ("Content-Length", "2"),
            ("Connection", "close")]) with { IsGarbage = true };
        yield return Request("a megabyte too much", body: text + new string(' ', 2 << 20));
        if (good is null)
            yield break;
        var end = text[..^1];
        foreach (var (what, body) in new[]
        {
            ("nothing", ""), ("null", "null"), ("an array", "[]"), ("a text", "\"x\""), ("a number", "1"),
                ("half of it", text[..(text.Length / 2)]), ("two documents", text + text),
            ("a trailing comma", end + ",}"), ("a comment", end + "/* why */}"),
                ("single quotes", text.Replace('"', '\'')), ("a prototype", end + ""","__proto__":{"admin":true}}"""),
            ("an unknown field", end + ""","no_such_field":1}"""),
                ("too deep", string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70)),
            ("10,000 deep", new string('[', 10_000)),
                ("100,001 entries", $"[{string.Join(',', Enumerable.Repeat("0", 100_001))}]"), ("an open brace", "{"),
                ("NaN", "NaN"),
        })
            yield return Request($"{what} as the body", body: body);
        var known = good.AsObject().FirstOrDefault().Key;
        if (known is not null)
        {
            var again = $"{end},\"{known}\":{good[known]?.ToJsonString() ?? "null"}}}";
            yield return Request($"{known} twice", body: again);
            yield return Request("another case of a name",
                body: text.Replace($"\"{known}\"", $"\"{known.ToUpperInvariant()}\"", StringComparison.Ordinal));
        }
        yield return Request("UTF-16", body: null) with { Body = Encoding.Unicode.GetBytes(text) };
        yield return Request("no UTF-8", body: null) with { Body = [.. "{\""u8, 0xC3, 0x28, .. "\":1}"u8] };
    }

    private IEnumerable<BadInput> OfMethod()
    {
        foreach (var method in new[] { "PATCH", "TRACE", "CONNECTED", "PROPFIND", operation.Method.ToLowerInvariant() })
            yield return Request($"the method {method}") with { Method = method };
    }

    private BadInput Request(
        string what, string? query = null, string? body = null, string? path = null, (string, string)[]? headers = null,
            bool isRefused = true)
    {
        var all = new List<(string Name, string Value)>(headers ?? []);
        // With nothing wrong in the body a request may well do what it says: not with what others need after it.
        path ??= Path(isRefused || body is not null || operation.Method is "GET" or "PUT" ? null : "", "");
        if (operation.HasBody && all.All(header => header.Name != "Content-Type"))
            all.Add(("Content-Type",
                operation.Body is null ? operation.Says["requestBody"]!["content"]!.AsObject().First().Key
                : "application/json"));
        var sent = body ?? (operation.HasBody ? good?.ToJsonString() ?? "{}" : null);
        return new BadInput(operation, what, operation.Method, query is null ? path : $"{path}?{query}", all,
            sent is null ? null : Encoding.UTF8.GetBytes(sent), isRefused)
        {
            IsKeyed = all.All(header => header.Name != "Idempotency-Key")
                && operation.Parameters.Any(parameter => parameter.Name == "Idempotency-Key"),
        };
    }

    // The path with one place filled with what is wrong, the others with things there are; with an empty name all
    // absent.
    private string Path(string? name, string value)
    {
        var parts = operation.Path.Split('/');
        for (var i = 1; i < parts.Length; i++)
            if (parts[i].StartsWith('{'))
                parts[i] = parts[i] == $"{{{name}}}" ? value
                    : name != "" && things.GetValueOrDefault(operation.Path.Split('/')[i - 1]) is { } id ? id
                        : Guid.CreateVersion7().ToString();
        return string.Join('/', parts);
    }

    private static string With(Place place, string json, JsonNode body) => With(place, json, body.ToJsonString());

    private static string With(Place place, string json, string text)
    {
        JsonNode body;
        try
        {
            body = JsonNode.Parse(text)!;
        }
        catch (System.Text.Json.JsonException)
        {
            return text; // What was put there before is no JSON: that is wrong enough.
        }
        return place.Put(body, JsonValue.Create(Hole))
            ? body.ToJsonString().Replace($"\"{Hole}\"", json, StringComparison.Ordinal) : json;
    }

    private string Without(Place place)
    {
        var body = good!.DeepClone();
        place.Put(body, null);
        return body.ToJsonString();
    }

    private BadValue Pick(IEnumerable<BadValue> values)
    {
        var all = values.ToArray();
        return all[random.Next(all.Length)];
    }
}

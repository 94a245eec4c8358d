using System.Text;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Walls;

/// <summary>
/// Every bad input for an operation, made of the document: for each field, parameter and header what its kind is sensitive
/// to, each alone in a request that is good otherwise.
/// </summary>
/// <param name="operation">The operation.</param>
/// <param name="things">Things there are, by the part of the path that stands before their id.</param>
/// <param name="gone">Things there were, in the same way.</param>
/// <param name="random">Of the run's seed.</param>
internal sealed class BadInputs(
    Operation operation, IReadOnlyDictionary<string, string> things, IReadOnlyDictionary<string, string> gone,
    Random random)
{
    private const string Hole = "@hole@";

    // As a text of JSON.
    private static readonly byte[] TenMegabytes = [(byte)'"', .. Enumerable.Repeat((byte)'x', 10 << 20), (byte)'"'];

    // Where another's id is taken too, as the route says: an order has a contact, a product the stock of its offer.
    private static readonly (string Path, string Kind)[] Alike =
    [
        ("/accounts/", "members"), ("/profile/", "members"), ("/contacts/", "orders"), ("/emails/", "notifications"),
        ("/inventory/product/", "offers"), ("/stock-levels/", "products"), ("/stock-rules/", "products"),
    ];

    private readonly JsonNode? good = Sample.Good(operation, things);
    private readonly string? table =
        operation.Says["requestBody"]?["content"]?["text/csv"]?["example"]?.ToString();

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
        var (a, b) = (Pick(BadValues.OfBody(first)), Pick(BadValues.OfBody(second)));
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
        foreach (var (name, kind) in Ids())
        {
            if (gone.TryGetValue(kind, out var removed))
                yield return Request($"what is gone as {name}", path: Path(name, removed)) with { IsAlwaysSent = true };
            foreach (var (other, id) in Others(name, kind))
                yield return Request($"one of {other} as {name}", path: Path(name, id));
        }
    }

    // The parameters of the path that are ids of things there are, with the part of the path before them.
    private IEnumerable<(string Name, string Kind)> Ids()
    {
        var parts = operation.Path.Split('/');
        return parts.Zip(parts.Skip(1)).Where(pair => pair.Second.StartsWith('{') && things.ContainsKey(pair.First))
            .Select(pair => (pair.Second[1..^1], pair.First));
    }

    private IEnumerable<KeyValuePair<string, string>> Others(string name, string kind)
    {
        string[] same =
        [
            things[kind],
            // Of members/{account_id} an account is no other thing.
            .. things.Where(thing => name.StartsWith(thing.Key, StringComparison.Ordinal)).Select(thing => thing.Value),
            .. Alike.Where(alike => operation.Path.StartsWith(alike.Path, StringComparison.Ordinal))
                .Select(alike => things[alike.Kind]),
        ];
        return things.Where(thing => !same.Contains(thing.Value) && Guid.TryParse(thing.Value, out _))
            .DistinctBy(thing => thing.Value);
    }

    private IEnumerable<BadInput> OfQuery()
    {
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "query"))
            foreach (var bad in BadValues.OfQuery(parameter))
                yield return Request($"{bad.What} as {parameter.Name}", $"{parameter.Name}={bad.Value}",
                    isRefused: bad.IsRefused);
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.Name == "attr"))
            foreach (var bad in BadValues.OfFilter(parameter.Name, things["attr"]))
                yield return Request($"{bad.What} as {parameter.Name}", bad.Value, isRefused: bad.IsRefused);
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
        if (operation.Parameters.FirstOrDefault(parameter => parameter.Name == "Idempotency-Key") is not { } keyed)
            yield break;
        if (keyed.IsRequired)
            yield return Request("no key")
                with { IsKeyed = false, IsAlwaysSent = true, Code = "idempotency_key_required" };
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
            foreach (var bad in BadValues.OfBody(place))
                yield return Request($"{bad.What} at {place.Pointer}", body: With(place, bad.Value, good),
                    isRefused: bad.IsRefused);
            if (place.IsRequired)
                yield return Request($"nothing at {place.Pointer}", body: Without(place));
        }
        foreach (var name in Sample.NotTaken(operation))
        {
            var more = (JsonObject)good.DeepClone();
            more[name] = 1;
            yield return Request($"the foreign field {name}", body: more.ToJsonString())
                with { IsAlwaysSent = true, Code = "unknown_field" };
        }
    }

    private IEnumerable<BadInput> OfShape()
    {
        if (!operation.HasBody)
            yield break;
        var text = Encoding.UTF8.GetString(Good()!);
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
        yield return Request("ten megabytes in one text") with { Body = TenMegabytes };
        yield return Request("less than its length says", headers: Length(1))
            with { BreaksOff = true, IsGarbage = true };
        // Of a table less is a table.
        yield return Request("more than its length says", headers: Length(-1), isRefused: table is null);
        foreach (var file in operation.TakesPicture ? BadFiles.Pictures() : table is null ? [] : BadFiles.Tables(table))
            yield return Request(file.What, isRefused: file.IsRefused) with { Body = file.Bytes };
        if (good is null)
            yield break;
        yield return Request("a megabyte too much", body: text + new string(' ', 2 << 20));
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
        // RFC 8259, 8.1, lets it be passed over, which is what happens.
        yield return Request("a BOM", body: text, isRefused: false) with { Body = [0xEF, 0xBB, 0xBF, .. Good()!] };
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
        var sent = body is null ? Good() : Encoding.UTF8.GetBytes(body);
        query = WithRequired(query);
        return new BadInput(operation, what, operation.Method, query.Length == 0 ? path : $"{path}?{query}", all,
            sent, isRefused)
        {
            IsKeyed = all.All(header => header.Name != "Idempotency-Key")
                && operation.Parameters.Any(parameter => parameter.Name == "Idempotency-Key"),
        };
    }

    // What has to stand in the query, unless that is what is wrong.
    private string WithRequired(string? query) => string.Join('&', operation.Parameters
        .Where(parameter => parameter is { In: "query", IsRequired: true }
            && query?.Contains(parameter.Name + "=", StringComparison.Ordinal) != true)
        .Select(parameter => $"{parameter.Name}={parameter.Name switch
        {
            "gateway" => "simulator",
            "currency" => "EUR",
            "offer_ids" => things["offers"],
            var other => throw new InvalidOperationException($"Say what a good {other} is."),
        }}").Append(query).Where(part => part is not null));

    private byte[]? Good() =>
        !operation.HasBody ? null : operation.TakesPicture ? World.Picture
            : Encoding.UTF8.GetBytes(table ?? good?.ToJsonString() ?? "{}");

    private (string, string)[] Length(int more) =>
        [("Content-Length", $"{Good()!.Length + more}"), ("Connection", "close")];

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

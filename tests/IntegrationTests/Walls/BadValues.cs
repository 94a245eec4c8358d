using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Walls;

/// <summary>One input for one place.</summary>
/// <param name="What">What it is, for people.</param>
/// <param name="Value">In a body: JSON, or what pretends to be. In a path or a query: escaped as it is sent.</param>
/// <param name="IsRefused">Whether nobody may accept it; what some place may well take is only to do no harm.</param>
internal sealed record BadValue(string What, string Value, bool IsRefused = true);

/// <summary>The table of bad inputs, by the kind of place.</summary>
internal static class BadValues
{
    /// <summary>Longer than what may be echoed, so that an echo is seen.</summary>
    public const string Marker = "echo-echo-echo-echo-echo-echo-echo-echo-echo-echo-echo-echo-echo-echo-echo-";

    // Nobody has to say who they are in order to sign in.
    private static readonly string[] MayBeBlank = ["first_name", "last_name"];

    // A text no longer than this is a name, a title, a line of an address: it has one line.
    private const int SingleLineMax = 320;

    // What breaks programs that build SQL, HTML, paths, formulas, logs or templates of what they are told.
    private static readonly string[] Tricks =
    [
        "' or 1=1 --", "'; drop table orders; --", "\\", "%", "_", "*:*", "a & b | !c:*", "<script>alert(1)</script>",
            "{{7*7}}", "${jndi:ldap://x}",
        "../../etc/passwd", "=cmd()", "%s%n%x", "undefined", "true", "NaN", "Infinity", "1/0",
            "(((((((((a+)+)+)+)+)+)+)+)+)", "\"", "[[[",
    ];

    private static readonly string[] Letters =
    [
        "e\u0301", "\u00e9",
            "👨‍👩‍👧‍👦", "İıſß", "раураl", "\U000E0041\U000E0042", "ﷺ", "\uFEFFa",
        "🇩🇪", "𝕊𝕠𝕦𝕜", "ｆｕｌｌ",
    ];

    private static readonly string[] BadIds = ["0", "null", "undefined", "not-a-uuid", "019aa3f4-5a1e-7c11-8f5e",
        "{0198c5a0-0000-7000-8000-00000000beef}", "-1", "1e9"];

    private static readonly string[] BadTimes =
    [
        "2026-02-30T00:00:00Z", "2025-02-29T12:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T23:59:61Z",
            "2026-01-31T12:00:00", "2026-01-31", "2026-01-31T12:00:00+25:00",
        "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "yesterday", "31.01.2026", "1700000000", "",
    ];

    private static readonly string[] OddTimes =
    [
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "2026-03-29T02:30:00+01:00",
            "2026-01-01T00:00:00.1234567Z", "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00", "2100-01-01T00:00:00Z",
    ];

    /// <summary>What is sent in place of a value in a JSON body.</summary>
    public static IEnumerable<BadValue> OfBody(Place place)
    {
        var schema = place.Schema;
        var type = Operation.TypeOf(schema);
        if (type is null)
            return AnyJson();
        var (isNullable, format) = (Operation.IsNullable(schema), schema["format"]?.ToString());
        return WrongTypes(type, isNullable, format).Concat(type switch
        {
            "string" when format == "uuid" => Quoted(BadIds, "an id that is none").Concat(
                Quoted(["00000000-0000-0000-0000-000000000000", "019AA3F4-5A1E-7C11-8F5E-2A4F5B6C7D8E",
                    "ffffffff-ffff-7fff-bfff-ffffffffffff"], "an id of nothing", isRefused: false)),
            "string" when format == "date-time" =>
                Quoted(BadTimes, "a time that is none").Concat(Quoted(OddTimes, "an odd time", isRefused: false)),
            "string" => Texts(place),
            "integer" or "number" => Numbers(schema, type, format),
            "array" => Arrays(schema),
            "object" => [new("an empty object", "{}", IsRefused: false),
                new("a prototype", """{"__proto__":{"a":1}}""", schema["properties"] is not null)],
            _ => [],
        });
    }

    /// <summary>What is sent in place of a value in the query.</summary>
    public static IEnumerable<BadValue> OfQuery(Parameter parameter)
    {
        var (type, format) = (Operation.TypeOf(parameter.Schema), parameter.Schema["format"]?.ToString());
        yield return new("NUL", "a%00b");
        yield return new("half an escape", "%zz", IsRefused: false);
        yield return new("bytes that are no UTF-8", "%c3%28", IsRefused: false);
        yield return new("nothing", "", parameter.Name is "limit");
        yield return new("twice", $"1&{parameter.Name}=2");
        yield return new("9 kB", new string('x', 9000));
        if (Limit(parameter.Schema, "maxLength") is { } most)
            yield return new("one character too many", new string('x', (int)most + 1));
        foreach (var value in parameter.Name switch
        {
            "limit" => Escaped(["0", "-1", "101", "1000000000", "99999999999999999999", "abc", "1.5", "1e2", "0x10",
                "１０"], "a limit"),
            "cursor" => Escaped(["x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "!!!", new string('A', 2001),
                Marker], "a cursor"),
            "sort" => Escaped(["password", "created_at;drop", "-", "--created_at", new string('a', 65), "1",
                string.Join(',', Enumerable.Repeat("created_at", 50))], "an order"),
            _ => type switch
            {
                "string" when format == "uuid" => Escaped([.. BadIds, "../", "{}"], "an id that is none"),
                "string" when format == "date-time" =>
                    Escaped(BadTimes.Where(time => time.Length > 0),
                    "a time that is none").Concat(Escaped(OddTimes, "an odd time", isRefused: false)),
                "string" => Escaped(
                    [.. Tricks, .. Letters, Marker, "a\nb", "\u202Eevil", new string('é', 300)], "text",
                    isRefused: false),
                "integer" => Escaped(["abc", "1.5", "99999999999999999999", "NaN", "１", "0x10", "1e400"],
                    "a number that is none").Concat(
                    Escaped(["-1", "0", "2147483647", "-2147483648"], "a number", isRefused: false)),
                "boolean" => Escaped(["yes", "1", "null"], "a truth that is none"),
                _ => [],
            },
        })
            yield return value;
    }

    /// <summary>What is sent as filters of the form <c>attr[code]=value</c>.</summary>
    /// <param name="name">What stands before the bracket.</param>
    /// <param name="code">Of an attribute that is a number.</param>
    public static IEnumerable<BadValue> OfFilter(string name, string code)
    {
        foreach (var value in new[] { "", "abc", "..", "...", "1..2..3", "a..b", "1,5", "1e5", "NaN", "0x10", "１",
            "+-1", new string('9', 40), string.Join(',', Enumerable.Repeat("1", 21)), new string('x', 1001) })
            yield return new("a number that is none", $"{name}[{code}]={Uri.EscapeDataString(value)}");
        foreach (var value in new[] { "5..1", "-0", "1..", "..1", "-79228162514264337593543950335..0" })
            yield return new("an odd range", $"{name}[{code}]={value}", IsRefused: false);
        yield return new("NUL", $"{name}[{code}]=a%00b");
        yield return new("twice", $"{name}[{code}]=1&{name}[{code}]=2");
        foreach (var unknown in new[] { "", "no_such", "][", "a][b", "';--", Marker, "a\0", "раураl" })
            yield return new("of no attribute", $"{name}[{Uri.EscapeDataString(unknown)}]=1");
        yield return new("too many of them", string.Join('&', Enumerable.Range(0, 11).Select(n => $"{name}[a{n}]=1")));
        foreach (var shape in new[] { $"{name}=1", $"{name}[{code}=1", $"{name}{code}]=1", $"{name}.{code}=1" })
            yield return new("in another form", shape, IsRefused: false);
    }

    /// <summary>What is sent in place of an id, or a name, in the path.</summary>
    // No id that bodies send: what is made of one of those is there afterwards.
    public static IEnumerable<BadValue> OfPath() => Escaped(
        [.. BadIds, "00000000-0000-0000-0000-00000000beef", "ffffffff-ffff-7fff-bfff-ffffffffbeef", .. Tricks,
            .. Letters, Marker, "a\0b", "a\nb", new string('x', 300)], "an id of nothing")
        .Concat([new("two dots", "%2e%2e%2f%2e%2e%2f"), new("half an escape", "%zz"),
            new("bytes that are no UTF-8", "%c3%28"), new("9 kB", new string('x', 9000)), new("a dot", "x.")]);

    private static IEnumerable<BadValue> WrongTypes(string type, bool isNullable, string? format)
    {
        if (!isNullable)
            yield return new("null", "null");
        if (type != "string")
            yield return new("a text", "\"1\"");
        if (type is not ("integer" or "number"))
            yield return new("a number", "1");
        if (type != "boolean")
            yield return new("a truth", "true");
        if (type != "array")
            yield return new("an array", "[]");
        if (type != "object")
            yield return new("an object", """{"a":1}""");
        yield return new("no value", "nul");
        yield return new("a bare word", "undefined");
        yield return new("a comment", "/* why */ 1");
        if (type == "string" && format is null)
            yield return new("half a character", "\"\\ud800\"");
    }

    private static IEnumerable<BadValue> Texts(Place place)
    {
        var (name, schema) = (place.Name, place.Schema);
        var isNeeded = place.IsRequired && !MayBeBlank.Contains(name);
        var max = Limit(schema, "maxLength");
        yield return new("NUL", "\"a\\u0000b\"");
        yield return new("half a character in a text", "\"a\\udc00b\"");
        yield return new("nothing", "\"\"", isNeeded || Limit(schema, "minLength") > 0 || schema["enum"] is not null);
        yield return new("blanks", "\"  \"", isNeeded);
        yield return new("blanks that are none", "\"\\u00a0\\u200b\"", isNeeded);
        if (max is { } most)
        {
            yield return new("one character too many", Json(new string('x', (int)most + 1)));
            yield return new("as many as fit", Json(string.Concat(Enumerable.Repeat("😀", (int)most))),
                schema["enum"] is not null);
        }
        yield return new("10,000 marks on one letter", Json("a" + new string('\u0301', 10_000)), max < 10_000);
        yield return new("something that would be echoed", Json(Marker + Marker), max < 2 * Marker.Length);
        foreach (var control in new[] { "a\\r\\nb", "a\\u0007b", "a\\u202eb", "a\\u2066b", "a\\u009bb", "a\\u007fb" })
            yield return new("a control or a mark of direction", $"\"{control}\"",
                max <= SingleLineMax || schema["enum"] is not null);
        foreach (var text in Tricks.Concat(Letters))
            yield return new("text", Json(text), schema["enum"] is not null);
        foreach (var value in name.Contains("email", StringComparison.Ordinal) || name == "recipient" ? Emails()
            : name == "currency" ? Currencies() : [])
            yield return value;
    }

    private static IEnumerable<BadValue> Emails() =>
        Quoted(["a@example.com\r\nBcc: b@example.com", "a@example.com\0"],
        "an address with an end of line").Concat(Quoted(
        ["plain", "a@@example.com", "a b@example.com", "\"a b\"@example.com", "a@b", "a@example.com.", "@example.com",
            "a@", "ü@bücher.example", "a(c)@example.com", $"{new string('a', 250)}@example.com"],
        "an address that is none")).Concat(Quoted(
        ["A+tag@EXAMPLE.com", "a@bücher.example"], "an odd address", isRefused: false));

    private static IEnumerable<BadValue> Currencies() =>
        Quoted(["usd", "XXX", "EURO", "EU", "€", "978", "EUR "], "a currency that is none");

    private static IEnumerable<BadValue> Numbers(JsonObject schema, string type, string? format)
    {
        foreach (var none in new[] { "NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "１", "0x10", "1,5",
            "1_000" })
            yield return new("a number that is none", none);
        if (type == "integer")
            foreach (var broken in new[] { "1.5", "1e400", "9223372036854775808", "-9223372036854775809",
                new string('9', 10_000) })
                yield return new("no whole number", broken);
        if (format == "int32")
            yield return new("more than 32 bits", "2147483648");
        foreach (var odd in new[] { "0", "-0", "-1", "1e2", "10.0", "2147483647", "9223372036854775807",
            "-9223372036854775808", "0.001", "100.001", "1e308", "1e400" })
            yield return new("an odd number", odd, IsRefused: false);
        if (Limit(schema, "minimum") is { } least && least > long.MinValue)
            yield return new("one below the least", (least - 1).ToString(CultureInfo.InvariantCulture));
        if (Limit(schema, "maximum") is { } most && most < long.MaxValue)
            yield return new("one above the most", (most + 1).ToString(CultureInfo.InvariantCulture));
    }

    private static IEnumerable<BadValue> Arrays(JsonObject schema)
    {
        yield return new("nothing in it", "[]", Limit(schema, "minItems") > 0);
        yield return new("a null in it", "[null]", IsRefused: false);
        yield return new("an array in it", "[[]]");
        yield return new("too deep", new string('[', 70) + new string(']', 70));
        if (Limit(schema, "maxItems") is { } most)
            yield return new("one too many", $"[{string.Join(',', Enumerable.Repeat("null", (int)most + 1))}]");
        yield return new("100,001 entries", $"[{string.Join(',', Enumerable.Repeat("0", 100_001))}]");
    }

    private static IEnumerable<BadValue> AnyJson() =>
        new[] { "null", "[]", "{}", "1", "\"\"", "true", """{"a":{"b":[1,{"c":null}]}}""", """{"__proto__":1}""",
            $"\"{Marker}\"" }.Select(any => new BadValue("anything", any, IsRefused: false));

    private static IEnumerable<BadValue> Quoted(IEnumerable<string> texts, string what, bool isRefused = true) =>
        texts.Select(text => new BadValue(what, Json(text), isRefused));

    private static IEnumerable<BadValue> Escaped(IEnumerable<string> texts, string what, bool isRefused = true) =>
        texts.Select(text => new BadValue(what, Uri.EscapeDataString(text), isRefused));

    private static string Json(string text) => JsonSerializer.Serialize(text);

    private static long? Limit(JsonObject schema, string name) =>
        schema[name] is JsonValue value
            && decimal.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var limit)
            && limit is > long.MinValue and < long.MaxValue ? (long)limit : null;
}

namespace Souk.IntegrationTests.Walls;

/// <summary>Headers that are wrong, or that must change nothing.</summary>
internal static class Headers
{
    public static IEnumerable<(string Name, string Value, bool IsRefused)> Of(Operation operation)
    {
        foreach (var token in new[] { "", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer a.b.c",
            "Bearer " + new string('a', 9000), "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer null" })
            yield return ("Authorization", token, true);
        foreach (var token in new[] { "x", "", new string('A', 43), new string('A', 300), "../",
            "'; drop table carts; --" })
        {
            yield return ("X-Cart-Token", token, true);
            yield return ("X-Order-Token", token, true);
        }
        foreach (var type in new[] { "text/xml", "image/png;q=0.1", "application/jso" })
            yield return ("Accept", type, !Answers(operation, type[..type.IndexOf('/', StringComparison.Ordinal)]));
        foreach (var (name, value) in new[]
        {
            ("Accept", "nonsense"), ("Accept", ";;;,,,"), ("Accept-Language", "../../"),
                ("Accept-Language", new string('x', 2000)), ("Accept-Encoding", "nonsense"),
                ("Range", "bytes=nonsense"),
            ("Range", "bytes=-1-5"), ("traceparent", "garbage"),
                ("traceparent", "00-00000000000000000000000000000000-0000000000000000-00"), ("tracestate", "=,="),
                ("baggage", "a=\u00e4"),
            ("X-Request-Id", "<script>"), ("X-Request-Id", new string('r', 2000)), ("X-HTTP-Method-Override", "DELETE"),
                ("X-Forwarded-For", "'; drop"), ("X-Forwarded-Proto", "gopher"),
            ("X-Forwarded-Host", "evil.example"), ("X-Original-URL", "/accounts"), ("X-Real-IP", "::ffff:1.2.3.4"),
                ("Forwarded", "for=\"_gazonk\""), ("Origin", "null"), ("Origin", "https://evil.example"),
            ("User-Agent", ""), ("User-Agent", "${jndi:ldap://x}"), ("Cookie", "a=b; __Host-session=x"),
                ("Expect", "200-ok"), ("Expect", "100-continue"),
                ("If-None-Match", "x"), ("If-None-Match", "W/\"\""), ("If-Modified-Since", "yesterday"),
            ("If-Unmodified-Since", "0"), ("Upgrade", "h2c"), ("Prefer", "return=nothing"),
                ("X-User-Id", "00000000-0000-0000-0000-000000000001"), ("Content-Language", "\u00ff"),
        })
            yield return (name, value, false);
        if (operation.Parameters.Any(parameter => parameter.Name == "If-Match"))
            foreach (var tag in new[] { "", "x", "\"-1\"", "\"1000000000000\"", "W/\"1\"", "\"99999999999999999999\"", "\"\"",
                "\"a\\", new string('"', 300) })
                yield return ("If-Match", tag, true);
    }

    private static bool Answers(Operation operation, string family) =>
        operation.Says["responses"]!.AsObject().Any(answer =>
            answer.Value!["content"]?.AsObject().Any(content =>
            content.Key.StartsWith(family, StringComparison.Ordinal)) == true);
}

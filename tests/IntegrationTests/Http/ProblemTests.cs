using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Souk.IntegrationTests.Http;

public sealed class ProblemTests(ProbeHost probe)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"name":"a" """, "malformed_json", "")]
    [InlineData("""{"name":"a",}""", "malformed_json", "")]
    [InlineData("""{"name":"a"} {}""", "malformed_json", "")]
    [InlineData("""{"name":"a" /* why */}""", "malformed_json", "")]
    [InlineData("", "body_required", "")]
    [InlineData("null", "body_required", "")]
    [InlineData("[]", "wrong_type", "")]
    [InlineData("\"x\"", "wrong_type", "")]
    [InlineData("""{"name":"a","role":"admin"}""", "unknown_field", "/role")]
    [InlineData("""{"Name":"a"}""", "unknown_field", "/Name")]
    [InlineData("""{"name":"a","lines":[{"quantity":1,"x":2}]}""", "unknown_field", "/lines/0/x")]
    [InlineData("""{"name":"a","name":"b"}""", "duplicate_key", "/name")]
    [InlineData("""{}""", "required", "/name")]
    [InlineData("""{"name":null}""", "required", "/name")]
    [InlineData("""{"name":"a","lines":[{}]}""", "required", "/lines/0/quantity")]
    [InlineData("""{"name":1}""", "wrong_type", "/name")]
    [InlineData("""{"name":"a","quantity":"1"}""", "wrong_type", "/quantity")]
    [InlineData("""{"name":"a","quantity":1.5}""", "wrong_type", "/quantity")]
    [InlineData("""{"name":"a","quantity":99999999999}""", "wrong_type", "/quantity")]
    [InlineData("""{"name":"a","lines":[{"quantity":true}]}""", "wrong_type", "/lines/0/quantity")]
    [InlineData("""{"name":"a","price":{"amount":1.5,"currency":"EUR"}}""", "wrong_type", "/price/amount")]
    [InlineData("""{"name":"a","price":{"amount":1}}""", "required", "/price/currency")]
    [InlineData("""{"name":"a","at":"2026-02-30T00:00:00Z"}""", "invalid_date", "/at")]
    [InlineData("""{"name":"a","at":"2026-02-03T00:00:00"}""", "invalid_date", "/at")]
    [InlineData("""{"name":"a","at":5}""", "invalid_date", "/at")]
    [InlineData("""{"name":"a\u0000b"}""", "invalid_text", "/name")]
    [InlineData("""{"name":"a\ud800"}""", "invalid_text", "/name")]
    public async Task A_body_that_cannot_be_read_is_explained(string body, string code, string pointer)
    {
        using var client = probe.Client();

        using var answer = await client.PostAsync("/probe/things", new StringContent(body, Encoding.UTF8, "application/json"), Ct);

        var problem = await Problem(answer, 400, code);
        if (code != "malformed_json")
            Assert.Equal(pointer, problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
        if (code is "malformed_json")
            Assert.Matches(@"line \d+, byte \d+", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Invalid_utf_8_and_deep_nesting_are_explained()
    {
        using var client = probe.Client();
        var bytes = new ByteArrayContent([.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        bytes.Headers.ContentType = new("application/json");

        using var invalid = await client.PostAsync("/probe/things", bytes, Ct);
        using var deep = await client.PostAsync("/probe/things", new StringContent(new string('[', 10_000), Encoding.UTF8, "application/json"), Ct);

        await Problem(invalid, 400, "invalid_text");
        await Problem(deep, 400, "wrong_type", "too_deep");
    }

    [Fact]
    public async Task All_broken_rules_are_named_at_once()
    {
        using var client = probe.Client();

        using var answer = await client.PostAsJsonAsync("/probe/things", new
        {
            name = new string('x', 21),
            quantity = 0,
            email = "a@@b",
            text = "line\nbreak",
            lines = new[] { new { quantity = 6, note = (string?)null }, new { quantity = 1, note = (string?)"\u0001" } },
        }, Ct);

        var problem = await Problem(answer, 422, "validation_failed");
        var errors = problem.GetProperty("errors").EnumerateArray()
            .Select(error => (error.GetProperty("pointer").GetString(), error.GetProperty("code").GetString())).Order().ToArray();
        Assert.Equal(
            [("/email", "invalid_email"), ("/lines/0/quantity", "too_large"), ("/lines/1/note", "invalid_characters"), ("/name", "too_long"), ("/quantity", "too_small")],
            errors);
    }

    [Theory]
    [InlineData("""{"name":""}""", "/name", "blank")]
    [InlineData("""{"name":"  "}""", "/name", "blank")]
    [InlineData("""{"name":"\u200B"}""", "/name", "blank")]
    [InlineData("""{"name":" \u200B\u00A0"}""", "/name", "blank")]
    [InlineData("""{"name":"a","text":" \u200B"}""", "/text", "blank")]
    [InlineData("""{"name":"a","email":"a@b"}""", "/email", "invalid_email")]
    [InlineData("""{"name":"a","email":"a b@example.com"}""", "/email", "invalid_email")]
    [InlineData("""{"name":"a\nb"}""", "/name", "invalid_characters")]
    [InlineData("""{"name":"a\u202Eb"}""", "/name", "invalid_characters")]
    [InlineData("""{"name":"a","lines":[{"quantity":1},{"quantity":1},{"quantity":1}]}""", "/lines", "too_many")]
    [InlineData("""{"name":"a","lines":[null]}""", "/lines/0", "required")]
    [InlineData("""{"name":"a","stock":9223372036854775807}""", "/stock", "too_large")]
    [InlineData("""{"name":"a","stock":-9223372036854775808}""", "/stock", "too_small")]
    [InlineData("""{"name":"a","percent":100.4}""", "/percent", "too_large")]
    [InlineData("""{"name":"a","form":""}""", "/form", "invalid_format")]
    public async Task A_broken_rule_has_its_pointer_and_code(string body, string pointer, string code)
    {
        using var client = probe.Client();

        using var answer = await client.PostAsync("/probe/things", new StringContent(body, Encoding.UTF8, "application/json"), Ct);

        var error = (await Problem(answer, 422, "validation_failed")).GetProperty("errors")[0];
        Assert.Equal((pointer, code), (error.GetProperty("pointer").GetString(), error.GetProperty("code").GetString()));
        Assert.DoesNotContain("{0}", error.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Length_is_counted_in_characters_not_in_units()
    {
        using var client = probe.Client();
        var twenty = string.Concat(Enumerable.Repeat("😀", 20));

        using var fits = await client.PostAsJsonAsync("/probe/things", new { name = twenty }, Ct);
        using var tooLong = await client.PostAsJsonAsync("/probe/things", new { name = twenty + "😀" }, Ct);

        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);
        Assert.Equal(twenty, (await fits.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("name").GetString());
        await Problem(tooLong, 422, "validation_failed");
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404, "not_found")]
    [InlineData("GET", "/probe/things/no-id", 404, "not_found")]
    [InlineData("GET", "/probe/things/00000000-0000-7000-8000-000000000000", 404, "not_found")]
    [InlineData("PATCH", "/probe/things", 405, "method_not_allowed")]
    [InlineData("TRACE", "/probe/things", 405, "method_not_allowed")]
    [InlineData("TRACE", "/nowhere", 405, "method_not_allowed")]
    [InlineData("POST", "/probe/crash", 500, "internal")]
    [InlineData("GET", "/probe/hang", 503, "too_slow")]
    [InlineData("GET", "/probe/busy", 503, "too_slow")]
    [InlineData("GET", "/probe/typed", 400, "required")]
    [InlineData("GET", "/probe/typed?number=abc", 400, "wrong_type")]
    [InlineData("GET", "/probe/typed?number=1&id=x", 400, "wrong_type")]
    [InlineData("GET", "/probe/typed?number=1&id=%7B019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e%7D", 400, "wrong_type")]
    [InlineData("GET", "/probe/typed?number=1&at=2026-01-31T12:00:00", 400, "invalid_date")]
    [InlineData("GET", "/probe/typed?number=1&at=2026-01-31", 400, "invalid_date")]
    [InlineData("GET", "/probe/ordered?sort=id", 400, "unknown_sort")]
    [InlineData("GET", "/probe/typed?number=1&number=2", 400, "duplicate_parameter")]
    [InlineData("GET", "/probe/things?name=%00", 400, "invalid_text")]
    [InlineData("GET", "/probe/things?limit=0", 400, "limit_out_of_range")]
    [InlineData("GET", "/probe/things?limit=101", 400, "limit_out_of_range")]
    [InlineData("GET", "/probe/things?limit=abc", 400, "limit_out_of_range")]
    [InlineData("GET", "/probe/things?sort=password", 400, "unknown_sort")]
    [InlineData("GET", "/probe/things?cursor=x", 400, "invalid_cursor")]
    [InlineData("GET", "/probe/things?cursor=", 400, "invalid_cursor")]
    public async Task Every_refusal_is_a_problem(string method, string path, int status, string code)
    {
        using var client = probe.Client();

        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Ct);

        var problem = await Problem(answer, status, code);
        if (status == 405)
            Assert.NotEmpty(answer.Content.Headers.Allow);
        if (status == 503)
            Assert.NotNull(answer.Headers.RetryAfter);
        foreach (var secret in new[] { "password\"", "Secret", "   at ", "select", "System." })
            Assert.DoesNotContain(secret, problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_committed_in_time_is_answered_however_late_that_is()
    {
        using var client = probe.Client();

        using var answer = await client.PostAsync("/probe/overdue", null, Ct);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_wrong_media_and_too_much_are_refused()
    {
        using var client = probe.Client();
        using var text = await client.PostAsync("/probe/things", new StringContent("{\"name\":\"a\"}", Encoding.UTF8, "text/plain"), Ct);
        using var latin1 = new StringContent("{\"name\":\"a\"}", Encoding.Latin1, "application/json");
        using var latin = await client.PostAsync("/probe/things", latin1, Ct);
        using var big = await client.PostAsync("/probe/things", new StringContent($$"""{"name":"{{new string('x', 1 << 20)}}"}""", Encoding.UTF8, "application/json"), Ct);
        using var keyed = new HttpRequestMessage(HttpMethod.Post, "/probe/things") { Content = new StringContent(new string(' ', (1 << 20) + 1), Encoding.UTF8, "application/json") };
        keyed.Headers.Add("Idempotency-Key", "big");
        using var bigKeyed = await client.SendAsync(keyed, Ct);
        using var zipped = new StringContent("{\"name\":\"a\"}", Encoding.UTF8, "application/json");
        zipped.Headers.ContentEncoding.Add("gzip");
        using var compressed = await client.PostAsync("/probe/things", zipped, Ct);
        using var xml = new HttpRequestMessage(HttpMethod.Get, "/probe/things");
        xml.Headers.Accept.Add(new("text/xml"));
        using var notAcceptable = await client.SendAsync(xml, Ct);

        await Problem(text, 415, "unsupported_media");
        await Problem(latin, 415, "unsupported_media");
        await Problem(big, 413, "body_too_large");
        await Problem(bigKeyed, 413, "body_too_large");
        await Problem(compressed, 415, "unsupported_media");
        await Problem(notAcceptable, 406, "not_acceptable");
    }

    [Fact]
    public async Task Too_long_an_address_and_too_many_headers_are_refused()
    {
        using var client = probe.Client();
        using var address = await client.GetAsync($"/probe/typed?number=1&text={new string('x', 9000)}", Ct);
        using var large = new HttpRequestMessage(HttpMethod.Get, "/probe/typed?number=1");
        large.Headers.Add("X-Large", new string('x', 40_000));
        using var largeHeader = await client.SendAsync(large, Ct);
        using var many = new HttpRequestMessage(HttpMethod.Get, "/probe/typed?number=1");
        for (var i = 0; i < 120; i++)
            many.Headers.Add($"X-Many-{i}", "x");
        using var manyHeaders = await client.SendAsync(many, Ct);

        await Problem(address, 414, "uri_too_long");
        await Problem(largeHeader, 431, "headers_too_large");
        await Problem(manyHeaders, 431, "headers_too_large");
    }

    [Fact]
    public async Task Every_answer_has_the_safe_headers_and_its_request_id()
    {
        using var client = probe.Client();
        foreach (var path in new[] { "/probe/typed?number=1", "/nowhere", "/probe/typed" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "X-Request-Id", "req-7" }, { "Authorization", "Bearer x" } } };
            using var answer = await client.SendAsync(request, Ct);

            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("default-src 'none'; frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
            Assert.Equal("req-7", Assert.Single(answer.Headers.GetValues("X-Request-Id")));
            Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task A_unique_row_that_is_there_already_is_a_conflict()
    {
        using var client = probe.Client();
        var id = Guid.CreateVersion7();

        using var first = await client.PostAsync($"/probe/unique?id={id}", null, Ct);
        using var second = await client.PostAsync($"/probe/unique?id={id}", null, Ct);

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        await Problem(second, 409, "already_exists");
    }

    private static async Task<JsonElement> Problem(HttpResponseMessage answer, int status, params string[] codes)
    {
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.True(codes.Contains(problem.GetProperty("code").GetString()), text);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        foreach (var member in new[] { "type", "title", "detail", "instance", "trace_id" })
            Assert.NotEmpty(problem.GetProperty(member).GetString()!);
        Assert.Equal(JsonValueKind.Array, problem.GetProperty("errors").ValueKind);
        Assert.True(problem.GetProperty("retryable").ValueKind is JsonValueKind.True or JsonValueKind.False);
        return problem;
    }
}

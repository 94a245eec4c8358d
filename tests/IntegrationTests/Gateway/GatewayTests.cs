using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Souk.Platform.Http;

namespace Souk.IntegrationTests.Gateway;

/// <summary>What the gateway adds, bounds and answers itself.</summary>
public sealed partial class GatewayTests(FakeMarketplace market) : IClassFixture<FakeMarketplace>
{
    private const string Name = "CN=souk.localhost";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_without_a_trace_gets_one_and_says_where_it_really_comes_from()
    {
        var headers = await Headers(new()
        {
            ["traceparent"] = "00-00000000000000000000000000000000-0000000000000000-01",
            ["X-Request-Id"] = new string('x', 200),
            ["X-Forwarded-For"] = "203.0.113.9",
            ["X-Forwarded-Proto"] = "https",
        });

        var trace = Assert.IsType<Match>(Trace().Match(headers["traceparent"]));
        Assert.True(trace.Success, headers["traceparent"]);
        Assert.NotEqual(new string('0', 32), trace.Groups[1].Value);
        Assert.Equal(trace.Groups[1].Value, headers["x-request-id"]);
        Assert.Equal(("127.0.0.1", "http"), (headers["x-forwarded-for"], headers["x-forwarded-proto"]));
    }

    [Fact]
    public async Task A_trace_and_a_request_id_of_the_caller_are_passed_on()
    {
        const string given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

        var headers = await Headers(new() { ["traceparent"] = given, ["X-Request-Id"] = "mine-1" });

        Assert.Equal((given, "mine-1"), (headers["traceparent"], headers["x-request-id"]));
    }

    [Fact]
    public async Task Answers_are_compressed_and_a_tag_that_this_made_weak_still_matches()
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        client.DefaultRequestHeaders.Add("Accept-Encoding", "gzip");

        using var answer = await client.GetAsync("/products", Ct);
        var headers = await Headers(new() { ["If-Match"] = answer.Headers.ETag!.ToString() });

        Assert.Equal("gzip", answer.Content.Headers.ContentEncoding.Single());
        Assert.Equal("Accept-Encoding", answer.Headers.Vary.Single());
        Assert.True(answer.Headers.ETag.IsWeak);
        Assert.Equal("\"7\"", headers["if-match"]);
    }

    [Fact]
    public async Task What_is_too_large_is_refused_in_the_words_of_the_program()
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        using var largest = new ByteArrayContent(new byte[5 << 20]);
        using var larger = new ByteArrayContent(new byte[(5 << 20) + 1]);
        using var header = new HttpRequestMessage(HttpMethod.Get, "/products");
        header.Headers.Add("X-Long", new string('x', 20_000));

        using var taken = await client.PostAsync("/products/1/images", largest, Ct);

        Assert.Equal(5 << 20, (await taken.Content.ReadFromJsonAsync<Arrived>(Ct))!.Body);
        await IsProblem(await client.PostAsync("/products/1/images", larger, Ct), Problems.TooLarge());
        await IsProblem(await client.GetAsync("/products?q=" + new string('x', 20_000), Ct), Problems.UriTooLong());
        await IsProblem(await client.SendAsync(header, Ct), Problems.HeadersTooLarge());
    }

    [Fact]
    public async Task What_is_no_request_is_refused_as_a_problem_too()
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", market.Nginx.Url.Port, Ct);
        await connection.GetStream().WriteAsync("GET /products HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"u8.ToArray(), Ct);
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);

        var answer = await reader.ReadToEndAsync(Ct);

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"bad_request\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_own_errors_have_the_members_and_headers_of_the_program_and_escape_what_they_repeat()
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        var program = JsonNode.Parse(new Problem(RuleException.NotFound()).Body("/nowhere"))!.AsObject();

        using var answer = await client.GetAsync(market.Nginx.Raw("/nowhere\"}\\<script>?token=secret"), Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        var gateway = JsonNode.Parse(text)!.AsObject();
        program["trace_id"] = (string)gateway["trace_id"]!;

        Assert.Equal(program.ToJsonString(), gateway.ToJsonString());
        Assert.Equal(Problem.ContentType, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(
            "default-src 'none'; frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal((string?)gateway["trace_id"], answer.Headers.GetValues("X-Request-Id").Single());
        Assert.Equal("nginx", answer.Headers.Server.ToString());
    }

    [Fact]
    public void Its_words_are_codes_of_the_program()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "nginx", "nginx.conf"));
        var said = Returned().Matches(text).ToList();

        Assert.NotEmpty(said);
        Assert.All(said, returned =>
        {
            var body = JsonNode.Parse(returned.Groups["body"].Value)!;
            Assert.Equal(returned.Groups["status"].Value, body["status"]!.ToString());
            Assert.Equal($"urn:souk:problem:{body["code"]}", (string?)body["type"]);
            var (status, code) = ((int)body["status"]!, (string)body["code"]!);
            Assert.Contains(ProblemCodes.OfPlatform, known => (known.Status, known.Code) == (status, code));
        });
    }

    [Fact]
    public async Task With_TLS_it_asks_for_it_next_time_and_refuses_to_speak_without()
    {
        await using var nginx = await Nginx.Start(market.Services.Servers, folder =>
        {
            File.Copy(Path.Combine(folder, "listen.tls.conf"), Path.Combine(folder, "listen.conf"), overwrite: true);
            Certify(Directory.CreateDirectory(Path.Combine(folder, "tls")).FullName);
        }, "https");
        using var trusting = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == Name },
        };
        using var client = new HttpClient(trusting)
        {
            BaseAddress = nginx.Url,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var error = await client.GetAsync("/nowhere", Ct);
        var arrived = await client.GetFromJsonAsync<Arrived>("/products", Ct);
        using var plain = await new HttpClient().GetAsync(new UriBuilder(nginx.Url) { Scheme = "http" }.Uri, Ct);

        Assert.Equal("max-age=31536000", error.Headers.GetValues("Strict-Transport-Security").Single());
        Assert.Equal("https", arrived!.Headers["x-forwarded-proto"]);
        Assert.Equal(HttpStatusCode.UpgradeRequired, plain.StatusCode);
        var body = await plain.Content.ReadAsStringAsync(Ct);
        Assert.Contains("\"code\":\"upgrade_required\"", body, StringComparison.Ordinal);
    }

    private static void Certify(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest(Name, key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(Path.Combine(folder, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private static async Task IsProblem(HttpResponseMessage answer, Problem problem)
    {
        using (answer)
        {
            Assert.Equal(problem.Status, (int)answer.StatusCode);
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!;
            Assert.Equal((problem.Code, problem.Detail), ((string?)body["code"], (string?)body["detail"]));
        }
    }

    private async Task<Dictionary<string, string>> Headers(Dictionary<string, string> sent)
    {
        using var client = new HttpClient { BaseAddress = market.Nginx.Url };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/products");
        foreach (var (name, value) in sent)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await client.SendAsync(request, Ct);
        return (await answer.Content.ReadFromJsonAsync<Arrived>(Ct))!.Headers;
    }

    [GeneratedRegex("^00-([0-9a-f]{32})-[0-9a-f]{16}-01$")]
    private static partial Regex Trace();

    [GeneratedRegex("""return (?<status>4\d\d|5\d\d) '(?<body>\{.*\})';""")]
    private static partial Regex Returned();
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Souk.Platform.Telemetry;

namespace Souk.IntegrationTests.Host;

[Trait("Shape", "one")]
public sealed partial class TelemetryTests(SoukServer souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_started_host_is_live_and_ready()
    {
        using var client = souk.Client();

        var live = await client.GetFromJsonAsync<HealthResponse>("/health/live", Ct);
        var ready = await client.GetFromJsonAsync<HealthResponse>("/health/ready", Ct);

        Assert.Equal(("live", "ready"), (live!.Status, ready!.Status));
    }

    [Fact]
    public async Task A_host_whose_schema_is_older_than_the_program_is_not_ready_and_says_why()
    {
        await using var database = await TestDatabase.Required();
        await using var process = new SoukProcess(database.Owner, new() { ["environment"] = "Production", ["Identity:PasswordIterations"] = null });
        process.Launch();
        using var client = process.Client();

        await Eventually(async () =>
        {
            using var answer = await client.GetAsync("/health/ready", Ct);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            // No schema at all: the driver cannot even read which migrations ran.
            Assert.NotEmpty((await answer.Content.ReadFromJsonAsync<HealthResponse>(Ct))!.Problems);
        });
        Production_logs_in_json(process.Output);
    }

    [Fact]
    public async Task Whoever_asks_a_host_that_has_just_started_is_answered()
    {
        await using var database = await TestDatabase.Required();
        await using var process = new SoukProcess(database.Owner);
        await process.Start();
        using var client = process.Client();
        for (var start = 0; start < 3; start++)
        {
            await process.Kill();
            process.Launch();
            await Eventually(async () => (await client.GetAsync("/health/live", Ct)).EnsureSuccessStatusCode());

            // The first to ask for readiness look at each schema; beside them others use the same connections.
            string[] paths = ["/health/ready", "/products", "/health/ready", $"/products/{Guid.CreateVersion7()}"];
            var answers = await Task.WhenAll(Enumerable.Range(0, 80).Select(n => client.GetAsync(paths[n % 4], Ct)));

            Assert.Equal(
                [("/health/ready", HttpStatusCode.OK, 40), ("/products", HttpStatusCode.OK, 20), ("/products/", HttpStatusCode.NotFound, 20)],
                answers.CountBy(answer => (Path(answer), answer.StatusCode)).OrderBy(count => count.Key.Item1, StringComparer.Ordinal)
                    .Select(count => (count.Key.Item1, count.Key.StatusCode, count.Value)));
        }
    }

    [Fact]
    public async Task A_host_that_ends_says_so_serves_on_for_a_while_and_keeps_no_connection()
    {
        await using var database = await TestDatabase.Required();
        await using var process = new SoukProcess(database.Owner, new() { ["Souk:DrainDelay"] = "00:00:05" });
        await process.Start();
        using var client = process.Client();
        using var before = await client.GetAsync("/products", Ct);

        var ended = process.Stop();
        await Eventually(async () =>
        {
            using var ready = await client.GetAsync("/health/ready", Ct);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        });
        using var meanwhile = await client.GetAsync("/products", Ct);

        Assert.Null(before.Headers.ConnectionClose);
        Assert.Equal((HttpStatusCode.OK, true), (meanwhile.StatusCode, meanwhile.Headers.ConnectionClose));
        Assert.Equal(0, await ended);
    }

    [Fact]
    public async Task Metrics_are_prometheus_text()
    {
        using var client = souk.Client();
        await client.GetAsync("/health/live", Ct);

        var text = await client.GetStringAsync("/metrics", Ct);

        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(Line(), line));
        // Where the database is and who connects to it is nothing for a label.
        Assert.Contains("db_client_connection_pool_name=\"orders\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Search Path=", text, StringComparison.Ordinal);
    }

    private static void Production_logs_in_json(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            var entry = JsonElement.Parse(line);
            Assert.Matches(@"^\d{4}-\d\d-\d\dT[\d:.]+Z$", entry.GetProperty("Timestamp").GetString());
            foreach (var member in new[] { "LogLevel", "Category", "Message" })
                Assert.NotEqual("", entry.GetProperty(member).GetString());
        });
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-zA-Z_:][\w:]* .*|[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="([^"\\]|\\.)*",?)*\})? (NaN|[+-]Inf|-?\d[\d.eE+-]*))$""")]
    private static partial Regex Line();

    private static string Path(HttpResponseMessage answer)
    {
        var path = answer.RequestMessage!.RequestUri!.AbsolutePath;
        return path.StartsWith("/products/", StringComparison.Ordinal) ? "/products/" : path;
    }
}

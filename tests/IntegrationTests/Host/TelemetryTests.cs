using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Souk.Platform.Telemetry;

namespace Souk.IntegrationTests.Host;

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
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-zA-Z_:][\w:]* .*|[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="([^"\\]|\\.)*",?)*\})? (NaN|[+-]Inf|-?\d[\d.eE+-]*))$""")]
    private static partial Regex Line();
}

using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Http;

/// <summary>The committed document to the linters' taste; that it is the one that is served is asked elsewhere.</summary>
public sealed class OpenApiLintTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_linters_have_nothing_to_say()
    {
        var folder = Path.Combine(Repository.Root, "tests", "ApiLint");
        var document = Path.Combine(Repository.Root, "docs", "openapi.json");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", ".bin")))
        {
            var (installed, said) = await Run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            if (installed != 0)
                TestDatabase.Missing($"The linters cannot be installed: npm is missing or offline. {said[^Math.Min(300, said.Length)..]}");
        }
        var bin = Path.Combine(folder, "node_modules", ".bin");
        var (spectral, first) = await Run(folder, Path.Combine(bin, "spectral"), "lint", document, "--fail-severity=hint");
        Assert.True(spectral == 0, first);
        var (redocly, second) = await Run(folder, Path.Combine(bin, "redocly"), "lint", document, "--format=json");
        var totals = redocly == 0 ? JsonNode.Parse(second[second.IndexOf('{', StringComparison.Ordinal)..(second.LastIndexOf('}') + 1)])!["totals"] : null;
        Assert.True(totals?.ToJsonString() == """{"errors":0,"warnings":0,"ignored":0}""", second);
    }

    private static async Task<(int ExitCode, string Output)> Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["REDOCLY_TELEMETRY"] = "off";
        start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(Ct);
            var errors = process.StandardError.ReadToEndAsync(Ct);
            await process.WaitForExitAsync(Ct);
            var said = await output;
            return (process.ExitCode, said.Length > 0 ? said : await errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}

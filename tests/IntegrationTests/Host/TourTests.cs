using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Host;

/// <summary>
/// The tour of the README, word for word: its bash blocks in one session against the marketplace with its demo data.
/// What a block prints is the text block under it, where … stands for anything within a line.
/// </summary>
public sealed partial class TourTests
{
    private const string BlockEnds = "--- end of a block ---";
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_tour_of_the_README_prints_what_it_says()
    {
        await using var database = await TestDatabase.Required();
        await RequireTools();
        var folder = Directory.CreateTempSubdirectory("souk-tour-");
        try
        {
            await using var souk = new SoukProcess(database.Owner, new()
            {
                ["Souk:Demo"] = "true",
                ["Souk:DataFolder"] = folder.FullName,
                // However busy the machine is: a refusal of a host without time would not be what the README says.
                ["Souk:Http:ReadDeadline"] = "00:01:00",
                ["Souk:Http:WriteDeadline"] = "00:01:00",
            });
            await souk.Start();
            // Said when the demo data is there; the tour signs in with what is printed here.
            await Eventually(() =>
            {
                Assert.Contains("Ctrl-C ends it.", souk.Output, StringComparison.Ordinal);
                return Task.CompletedTask;
            }, TimeSpan.FromMinutes(3));

            var steps = Steps(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), Ct));
            var script = new StringBuilder("set -e\n");
            foreach (var (commands, _) in steps)
                script.Append(commands).Append($"echo '{BlockEnds}'\n");
            var (exitCode, printed, errors) = await Bash(script.ToString(), folder.FullName, souk.Url);

            var blocks = printed.Split(BlockEnds + "\n");
            for (var i = 0; i < steps.Count; i++)
            {
                var (expected, actual) = (steps[i].Prints, blocks.ElementAtOrDefault(i) ?? "");
                Assert.True(Matches(expected, actual),
                    $"Step {i} should print:\n{expected}\nIt printed:\n{actual}\n{errors}");
            }
            Assert.True(exitCode == 0, errors);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<(string Commands, string Prints)> Steps(string readme)
    {
        var section = readme[readme.IndexOf("\n## The tour", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", 1, StringComparison.Ordinal)];
        var steps = Step().Matches(section)
            .Select(step => (step.Groups["bash"].Value, step.Groups["text"].Value)).ToList();
        Assert.NotEmpty(steps);
        // A block without its answer, or with another fence, would not be tested.
        var fences = section.Split('\n').Count(line => line.StartsWith("```", StringComparison.Ordinal));
        Assert.Equal(steps.Count * 4, fences);
        return steps;
    }

    private static bool Matches(string expected, string printed) =>
        Regex.IsMatch(printed, "^" + Regex.Escape(expected).Replace("…", "[^\n]+", StringComparison.Ordinal) + "$");

    private static async Task<(int ExitCode, string Printed, string Errors)> Bash(
        string script, string folder, Uri souk)
    {
        var start = new ProcessStartInfo("bash", "-s")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SOUK"] = souk.ToString().TrimEnd('/');
        using var bash = Process.Start(start)!;
        var (printed, errors) = (bash.StandardOutput.ReadToEndAsync(Ct), bash.StandardError.ReadToEndAsync(Ct));
        await bash.StandardInput.WriteAsync(script.AsMemory(), Ct);
        bash.StandardInput.Close();
        await bash.WaitForExitAsync(Ct);
        return (bash.ExitCode, await printed, await errors);
    }

    private static async Task RequireTools()
    {
        try
        {
            foreach (var tool in new[] { "bash", "curl", "jq" })
            {
                var start = new ProcessStartInfo(tool, "--version") { RedirectStandardOutput = true };
                using var asked = Process.Start(start)!;
                await asked.WaitForExitAsync(Ct);
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            TestDatabase.Missing($"The tour needs bash, curl and jq: {e.Message}");
        }
    }

    [GeneratedRegex(
        @"^```bash\n(?<bash>.*?)^```\n```text\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Step();
}

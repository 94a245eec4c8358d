using System.Diagnostics;

namespace Souk.IntegrationTests.Host;

/// <summary>The private PostgreSQL: nothing is configured, and the host is killed.</summary>
public sealed class EmbeddedPostgresTests
{
    [Fact]
    public async Task It_is_made_taken_over_after_a_kill_and_stopped_at_the_end()
    {
        var data = Directory.CreateTempSubdirectory("souk-embedded-").FullName;
        try
        {
            await using var souk = new SoukProcess("", new()
            {
                ["ConnectionStrings:Souk"] = null, ["Souk:Secret"] = null, ["Souk:DataFolder"] = Path.Combine(data, ".souk"),
            });
            try
            {
                await souk.Start();
            }
            catch (Xunit.Sdk.FailException) when (souk.Output.Contains("no PostgreSQL", StringComparison.Ordinal))
            {
                TestDatabase.Missing("No PostgreSQL is installed here.");
            }
            var secret = await File.ReadAllTextAsync(Path.Combine(data, ".souk", "secret"), TestContext.Current.CancellationToken);
            var server = Postmaster(data);

            await souk.Kill();
            Assert.False(Process.GetProcessById(server).HasExited, "The server must outlive a killed host.");
            await souk.Start();

            Assert.Equal(server, Postmaster(data));
            Assert.Equal(secret, await File.ReadAllTextAsync(Path.Combine(data, ".souk", "secret"), TestContext.Current.CancellationToken));
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(data, ".souk", "secret")));

            Assert.Equal(0, await souk.Stop());
            // Its lock file goes with it. (The process may stay a zombie where nobody reaps orphans.)
            Assert.Throws<FileNotFoundException>(() => Postmaster(data));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static int Postmaster(string data)
    {
        var note = Path.Combine(data, ".souk", "postgres-folder");
        var root = File.Exists(note) ? File.ReadAllText(note).Trim() : Path.Combine(data, ".souk", "postgres");
        return int.Parse(File.ReadLines(Path.Combine(root, "data", "postmaster.pid")).First(), System.Globalization.CultureInfo.InvariantCulture);
    }
}

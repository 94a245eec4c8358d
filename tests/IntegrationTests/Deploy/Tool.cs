using System.ComponentModel;
using System.Diagnostics;

namespace Souk.IntegrationTests.Deploy;

/// <summary>
/// Programs that check what is deployed. They are taken from the path, or from the folder <c>SOUK_TOOLS</c> (else
/// <c>../shared/tools</c> beside the clone), where they may be packed with xz.
/// </summary>
internal static class Tool
{
    /// <summary>The folder with packed tools; it need not be there.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("SOUK_TOOLS") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Repository.Root, "..", "shared", "tools");

    /// <summary>Runs one in the clone; answers its exit code and all it said. The test is skipped where it is missing.</summary>
    public static async Task<(int ExitCode, string Output)> Run(string program, params string[] arguments)
    {
        try
        {
            return await Start(await Unpacked(program) ?? program, arguments);
        }
        catch (Win32Exception e)
        {
            TestDatabase.Missing($"{program} cannot be started: {e.Message}. It is neither in PATH nor in {Folder}.");
            throw;
        }
    }

    /// <summary>Runs one and fails with what it said when it is not satisfied; answers what it said.</summary>
    public static async Task<string> Passes(string program, params string[] arguments)
    {
        var (exitCode, output) = await Run(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}\n{output}");
        return output;
    }

    private static async Task<(int, string)> Start(string path, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var ct = TestContext.Current.CancellationToken;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        // What it warns of on the side would spoil what it writes.
        return (process.ExitCode, process.ExitCode == 0 ? await output : await output + await errors);
    }

    private static async Task<string?> Unpacked(string program)
    {
        var packed = Path.Combine(Folder, program + ".xz");
        if (!File.Exists(packed))
            return null;
        var target = Path.Combine(AppContext.BaseDirectory, "tools", program);
        if (File.Exists(target))
            return target;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        // Under a name of its own until it is whole: another run may look for it.
        var (exitCode, output) = await Start(
            "sh", "-c", "xz -dc \"$1\" > \"$2.$$\" && chmod +x \"$2.$$\" && mv \"$2.$$\" \"$2\"", "sh", packed, target);
        Assert.True(exitCode == 0, output);
        return target;
    }
}

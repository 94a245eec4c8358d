using System.Diagnostics;

namespace Souk.Host.Embedded;

/// <summary>Programs of PostgreSQL, run to their end; as root, in the name of an unprivileged user.</summary>
internal static class Subprocess
{
    private const int OutputMax = 4000;
    private static readonly string[] Folders = ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"];

    /// <summary>Runs a program; answers its exit code and what it wrote, the end of it when that is long.</summary>
    public static async Task<(int ExitCode, string Output)> Run(string program, IEnumerable<string> arguments, CancellationToken ct)
    {
        // The caller's folder may be out of the other user's reach; the root is not.
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = System.IO.Path.GetPathRoot(Environment.CurrentDirectory),
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        var text = (await output + await errors).Trim();
        return (process.ExitCode, text.Length > OutputMax ? text[^OutputMax..] : text);
    }

    /// <summary>The same as another user, who must exist. Only root may.</summary>
    public static Task<(int ExitCode, string Output)> RunAs(string? user, string program, IEnumerable<string> arguments, CancellationToken ct)
    {
        if (user is null)
            return Run(program, arguments, ct);
        if (Find("runuser") is { } runuser)
            return Run(runuser, ["-u", user, "--", program, .. arguments], ct);
        if (Find("setpriv") is { } setpriv)
            return Run(setpriv, ["--reuid", user, "--regid", user, "--init-groups", "--", program, .. arguments], ct);
        return Run(Find("su") ?? "su", [user, "-s", "/bin/sh", "-c", string.Join(' ', arguments.Prepend(program).Select(Quoted))], ct);
    }

    private static string? Find(string program) =>
        Folders.Select(folder => folder + program).FirstOrDefault(File.Exists);

    private static string Quoted(string word) => "'" + word.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
}

namespace Souk.Host.Embedded;

/// <summary>The PostgreSQL that is installed on this machine, and where it was found.</summary>
/// <param name="Folder">Holds <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c>.</param>
/// <param name="Major">Its major version.</param>
internal sealed record PostgresBinaries(string Folder, int Major)
{
    public const int MajorMin = 15;

    public string PathOf(string program) => System.IO.Path.Combine(Folder, OperatingSystem.IsWindows() ? program + ".exe" : program);

    /// <summary>The newest that is here; with data on disk the one of its version.</summary>
    /// <exception cref="ConfigurationException">There is none that fits; says how to install it.</exception>
    public static async Task<PostgresBinaries> Find(string dataFolder, CancellationToken ct)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in Candidates())
            if (await Read(folder, ct) is { } binaries)
                found.Add(binaries);

        var versionFile = System.IO.Path.Combine(dataFolder, "PG_VERSION");
        int? wanted = null;
        if (File.Exists(versionFile))
            wanted = int.Parse(await File.ReadAllTextAsync(versionFile, ct), System.Globalization.CultureInfo.InvariantCulture);
        var fitting = found.Where(f => wanted is null ? f.Major >= MajorMin : f.Major == wanted).MaxBy(f => f.Major);
        if (fitting is not null)
            return fitting;
        throw new ConfigurationException([
            wanted is null
                ? $"No ConnectionStrings__Souk is set and no PostgreSQL {MajorMin} or later is installed here. {Advice()}"
                : $"The data in {dataFolder} is of PostgreSQL {wanted}, which is not installed. Install it again, or upgrade the data with pg_upgrade.",
        ]);
    }

    private static string Advice() =>
        OperatingSystem.IsMacOS() ? "Install it: brew install postgresql@17"
        : OperatingSystem.IsWindows() ? "Install it: winget install PostgreSQL.PostgreSQL.17"
        : File.Exists("/usr/bin/apt-get") ? "Install it: sudo apt-get install postgresql (./run does it for you)"
        : "Install it with your system's package manager, or set ConnectionStrings__Souk.";

    private static IEnumerable<string> Candidates()
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        string[] roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/pgsql", Environment.ExpandEnvironmentVariables(@"%ProgramFiles%\PostgreSQL")];
        var versioned = roots.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateDirectories(root))
            .Select(folder => System.IO.Path.Combine(folder, "bin"));
        return path.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Concat(versioned).Distinct(StringComparer.Ordinal);
    }

    private static async Task<PostgresBinaries?> Read(string folder, CancellationToken ct)
    {
        var binaries = new PostgresBinaries(folder, 0);
        if (!File.Exists(binaries.PathOf("postgres")) || !File.Exists(binaries.PathOf("initdb")) || !File.Exists(binaries.PathOf("pg_ctl")))
            return null;
        // "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)"
        var (exitCode, output) = await Subprocess.Run(binaries.PathOf("postgres"), ["--version"], ct);
        var words = output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var version = words.SkipWhile(word => word != "(PostgreSQL)").Skip(1).FirstOrDefault() ?? "";
        var digits = new string([.. version.TakeWhile(char.IsAsciiDigit)]);
        return exitCode == 0 && int.TryParse(digits, out var major) ? binaries with { Major = major } : null;
    }
}

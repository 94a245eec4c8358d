namespace Souk.IntegrationTests;

/// <summary>The folder of the clone that was built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The host of which processes are made: built with the tests, or what <c>SOUK_DLL</c> names; <c>./test</c> does.</summary>
    public static string Host { get; } = Environment.GetEnvironmentVariable("SOUK_DLL") ?? Built("Host", "souk.dll");

    /// <summary>The built load driver.</summary>
    public static string Bench { get; } = Built("Bench", "souk-bench.dll");

    private static string Built(string project, string file) =>
        Path.Combine(Root, "artifacts", "bin", project, new DirectoryInfo(AppContext.BaseDirectory).Name, file);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Souk.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("The tests run outside of a clone: Souk.slnx is nowhere above them.");
    }
}

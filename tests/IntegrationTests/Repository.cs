namespace Souk.IntegrationTests;

/// <summary>The folder of the clone that was built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The built host: built with the tests, in the same configuration.</summary>
    public static string Host { get; } =
        Path.Combine(Root, "artifacts", "bin", "Host", new DirectoryInfo(AppContext.BaseDirectory).Name, "souk.dll");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Souk.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("The tests run outside of a clone: Souk.slnx is nowhere above them.");
    }
}

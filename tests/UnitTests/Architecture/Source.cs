using Microsoft.CodeAnalysis.CSharp;

namespace Souk.UnitTests.Architecture;

/// <summary>The clone as the tests of its own shape read it.</summary>
internal static class Source
{
    private static readonly CSharpParseOptions Parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);

    public static string Root { get; } = FindRoot();

    /// <summary>The projects of services, found on disk: a new one is guarded from its first day.</summary>
    public static IReadOnlyList<string> Services { get; } =
        [.. Directory.EnumerateDirectories(Path.Combine(Root, "src")).Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any())
            .Select(folder => Path.GetFileName(folder)).Where(name => name is not ("Host" or "Platform" or "Contracts")).Order(StringComparer.Ordinal)];

    /// <summary>Every C# file below a folder of the clone, parsed.</summary>
    public static IEnumerable<SourceFile> CSharp(string folder) => Files(folder, "*.cs").Select(path =>
        new SourceFile(Relative(path), File.ReadAllLines(path), CSharpSyntaxTree.ParseText(File.ReadAllText(path), Parsing)));

    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Fails with the whole list.</summary>
    public static void None(IEnumerable<string?> found)
    {
        var list = found.ToList();
        if (list.Count > 0)
            Assert.Fail(string.Join('\n', list));
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Souk.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("The tests run outside of a clone: Souk.slnx is nowhere above them.");
    }
}

/// <summary>One file.</summary>
/// <param name="Path">Below the root of the clone.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Tree">What the compiler sees.</param>
internal sealed record SourceFile(string Path, string[] Lines, Microsoft.CodeAnalysis.SyntaxTree Tree)
{
    public string Folder => System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(Path))!;

    public IEnumerable<T> All<T>() where T : Microsoft.CodeAnalysis.SyntaxNode => Tree.GetRoot().DescendantNodes().OfType<T>();

    public string At(Microsoft.CodeAnalysis.SyntaxNode node) => $"{Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}

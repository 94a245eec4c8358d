using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Souk.UnitTests.Architecture;

/// <summary>The house style, as far as a program can see it.</summary>
public sealed partial class TidyTests
{
    private static readonly string[] NamesWithoutMeaning = ["Manager", "Helper", "Helpers", "Util", "Utils", "Impl", "Dto", "Base", "Service"];

    // Said by a framework's base class or interface, or the platform's own name for a service of the marketplace.
    private static readonly HashSet<string> NamesAllowed = ["Service"];

    private static readonly List<SourceFile> Sources = [.. Source.CSharp("src")];
    private static readonly List<SourceFile> Everything = [.. Sources, .. Source.CSharp("tests")];

    [Fact]
    public void No_catch_is_empty()
    {
        var empty = Everything.SelectMany(file => file.All<CatchClauseSyntax>()
            .Where(clause => clause.Block.Statements.Count == 0 && !clause.Block.DescendantTrivia().Any(IsComment))
            .Select(file.At));

        Source.None(empty);
    }

    [Fact]
    public void Names_say_what_a_thing_is()
    {
        var wrong = Sources.SelectMany(file => file.All<BaseTypeDeclarationSyntax>()
            .Where(type => !NamesAllowed.Contains(type.Identifier.Text)
                && NamesWithoutMeaning.Any(name => type.Identifier.Text.EndsWith(name, StringComparison.Ordinal)))
            .Select(type => $"{file.At(type)} {type.Identifier.Text}"));

        Source.None(wrong);
    }

    [Fact]
    public void No_method_of_ours_ends_with_Async()
    {
        // Overrides and implementations have the name that another gave them.
        var wrong = Sources.SelectMany(file => file.All<MethodDeclarationSyntax>()
            .Where(method => method.Identifier.Text.EndsWith("Async", StringComparison.Ordinal)
                && !method.Modifiers.Any(SyntaxKind.OverrideKeyword) && !Inherits(method))
            .Select(method => $"{file.At(method)} {method.Identifier.Text}"));

        Source.None(wrong);
    }

    [Fact]
    public void What_a_reader_opens_first_says_what_it_does()
    {
        var silent = Sources
            .Where(file => file.Folder is "Features" or "Events" or "Jobs" && !file.Path.StartsWith("src/Platform/", StringComparison.Ordinal))
            .SelectMany(file => file.Tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
                .Where(type => type.Identifier.Text == Path.GetFileNameWithoutExtension(file.Path))
                .Where(type => !type.GetLeadingTrivia().Any(SyntaxKind.SingleLineDocumentationCommentTrivia))
                .Select(type => $"{file.At(type)} {type.Identifier.Text}"));

        Source.None(silent);
    }

    [Fact]
    public void No_regions_and_no_todo_without_a_number()
    {
        var found = Everything.SelectMany(file => file.Lines.Select((line, index) => (line, at: $"{file.Path}:{index + 1}")))
            .Where(line => line.line.TrimStart().StartsWith("#region", StringComparison.Ordinal) || Todo().IsMatch(line.line))
            .Select(line => line.at);

        Source.None(found);
    }

    [Fact]
    public void Migrations_are_numbered_without_a_gap()
    {
        foreach (var folder in Source.Files("src", "*.sql").GroupBy(path => Path.GetDirectoryName(path)!))
            Assert.Equal(
                Enumerable.Range(1, folder.Count()),
                folder.Select(path => int.Parse(Path.GetFileName(path)[..4], System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>
    /// Limits for the eye. What was over them when they came in is counted in <c>limits.json</c>; the counts may only fall.
    /// </summary>
    [Fact]
    public void Limits_are_kept_or_come_nearer()
    {
        var now = new SortedDictionary<string, int>(StringComparer.Ordinal)
        {
            ["lines over 120 columns"] = Everything.Sum(file => file.Lines.Count(line => line.Length > 120 && !line.TrimStart().StartsWith("///", StringComparison.Ordinal))),
            ["files over 400 lines"] = Everything.Count(file => file.Lines.Length > 400),
            ["features over 200 lines"] = Sources.Count(file => file.Folder == "Features" && file.Lines.Length > 200),
            ["functions over 60 lines"] = Sources.Sum(file => file.All<BaseMethodDeclarationSyntax>().Count(method => LinesOf(method) > 60)),
            ["catches in features"] = Sources.Where(file => file.Folder == "Features").Sum(file => file.All<CatchClauseSyntax>().Count()),
            ["saves in features"] = Sources.Where(file => file.Folder is "Features" or "Events").Sum(file => file.All<InvocationExpressionSyntax>().Count(
                call => call.Expression is MemberAccessExpressionSyntax { Name.Identifier.Text: "SaveChanges" or "SaveChangesAsync" })),
            ["constructors over 7 dependencies"] = Sources.Sum(file => file.All<ClassDeclarationSyntax>().Count(type => type.ParameterList?.Parameters.Count > 7)),
        };
        var path = Path.Combine(Source.Root, "tests/UnitTests/Architecture/limits.json");
        var before = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(path))!;

        Assert.All(now, limit => Assert.True(
            limit.Value <= before.GetValueOrDefault(limit.Key),
            $"There are {limit.Value} {limit.Key}, {before.GetValueOrDefault(limit.Key)} before. Split by meaning; if it must be, raise the number in {Source.Relative(path)}."));
    }

    private static int LinesOf(SyntaxNode node)
    {
        var span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static bool IsComment(SyntaxTrivia trivia) =>
        trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia);

    // By its name alone a method of an interface cannot be told from ours: a type with a base list is trusted.
    private static bool Inherits(MethodDeclarationSyntax method) =>
        method.ExplicitInterfaceSpecifier is not null || method.Parent is TypeDeclarationSyntax { BaseList: not null } || method.Identifier.Text == "BindAsync";

    [GeneratedRegex(@"\bTODO\b(?!\s*\(#\d+\))")]
    private static partial Regex Todo();
}

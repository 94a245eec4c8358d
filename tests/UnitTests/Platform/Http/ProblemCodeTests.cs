using System.Text.RegularExpressions;
using Xunit;

namespace Souk.UnitTests.Platform.Http;

/// <summary>The codes in the code and the codes in docs/api.md are the same.</summary>
public sealed partial class ProblemCodeTests
{
    [Fact]
    public void Every_code_that_the_code_answers_is_documented_and_the_reverse()
    {
        var root = Root();
        var sources = Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToArray();
        var answered = sources.SelectMany(Codes).ToHashSet(StringComparer.Ordinal);
        var documented = Rows().Matches(File.ReadAllText(Path.Combine(root, "docs", "api.md"))).Select(row => row.Groups["code"].Value).ToHashSet(StringComparer.Ordinal);

        var missing = answered.Except(documented).Order().ToArray();
        Assert.True(missing.Length == 0, $"docs/api.md lacks the codes: {string.Join(", ", missing)}");
        var all = string.Concat(sources);
        var gone = documented.Where(code => !Regex.IsMatch(all, $"\"(\\d{{3}} )?{code}\"")).Order().ToArray();
        Assert.True(gone.Length == 0, $"docs/api.md has codes that nothing answers: {string.Join(", ", gone)}");
        Assert.True(answered.Count > 50, "The patterns below find no codes any more.");
    }

    private static IEnumerable<string> Codes(string source) =>
        Thrown().Matches(source).Concat(Fields().Matches(source)).Select(code => code.Groups["code"].Value)
            .Concat(OfRoutes().Matches(source).SelectMany(list => Quoted().Matches(list.Value)).Select(code => code.Groups["code"].Value));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Souk.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }

    [GeneratedRegex("""^\| `(?<code>[a-z0-9_]+)` \| [\d, ]+ \| \S""", RegexOptions.Multiline)]
    private static partial Regex Rows();

    // new RuleException("code", …), new RuleException(404, "code", …), new Problem(402, "code", …), One("code", …)
    [GeneratedRegex("""(?:new RuleException|new Problem|One)\(\s*(?:(?:\d{3}|StatusCodes\.\w+)\s*,\s*)?"(?<code>[a-z][a-z0-9_]*)"\s*,""")]
    private static partial Regex Thrown();

    // RuleException.Invalid(pointer, "code", …), new FieldError(pointer, "code", …)
    [GeneratedRegex("""(?:RuleException\.Invalid|new FieldError)\(\s*[^,;]*?,\s*"(?<code>[a-z][a-z0-9_]*)"\s*,""")]
    private static partial Regex Fields();

    [GeneratedRegex("""\.Problems\((?:[^()]|\([^()]*\))*\)""")]
    private static partial Regex OfRoutes();

    [GeneratedRegex("""(?<=")(?:\d{3} )?(?<code>[a-z][a-z0-9_]*)(?=")""")]
    private static partial Regex Quoted();
}

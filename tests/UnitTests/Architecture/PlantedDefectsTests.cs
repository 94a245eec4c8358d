using System.ComponentModel;
using System.Diagnostics;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Souk.UnitTests.Architecture;

/// <summary>
/// The defects that <c>./test planted</c> plants still fit the source and name tests that are there. Whether those
/// catch them takes minutes, and is that command's to say.
/// </summary>
public sealed class PlantedDefectsTests
{
    private const string CaughtBy = "Caught-by: ";

    private static readonly Lazy<HashSet<string>> Tests = new(() =>
    [
        .. Source.CSharp("tests/IntegrationTests").SelectMany(file => file.All<MethodDeclarationSyntax>())
            .Where(method => method.Parent is ClassDeclarationSyntax)
            .Select(method => $"{((ClassDeclarationSyntax)method.Parent!).Identifier.Text}.{method.Identifier.Text}"),
    ]);

    public static TheoryData<string> Patches => [.. Source.Files("tests/planted", "*.patch").Select(Source.Relative)];

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_defect_can_still_be_planted(string patch)
    {
        if (Git("rev-parse", "--is-inside-work-tree") is (not 0, var reason))
            Assert.Skip($"This is no checkout of git: {reason}");

        var (code, output) = Git("apply", "--check", patch);

        Assert.True(code == 0, $"{patch} no longer fits the source. Plant the same defect in the new lines.\n{output}");
    }

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_defect_says_in_words_what_it_is_and_which_tests_catch_it(string patch)
    {
        var header = File.ReadLines(Path.Combine(Source.Root, patch))
            .TakeWhile(line => !line.StartsWith("diff ", StringComparison.Ordinal)).ToArray();

        Assert.EndsWith(".", header[0], StringComparison.Ordinal);
        var named = header.Where(line => line.StartsWith(CaughtBy, StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(named);
        Assert.All(named, line => Assert.Contains(line[CaughtBy.Length..], Tests.Value));
    }

    private static (int Code, string Output) Git(params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments)
            {
                WorkingDirectory = Source.Root, RedirectStandardError = true, RedirectStandardOutput = true,
            })!;
            var errors = git.StandardError.ReadToEnd();
            git.WaitForExit();
            return (git.ExitCode, errors.Trim());
        }
        catch (Win32Exception e)
        {
            return (-1, $"git does not run ({e.Message})");
        }
    }
}

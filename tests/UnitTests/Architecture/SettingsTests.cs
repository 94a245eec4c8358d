using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Souk.UnitTests.Architecture;

/// <summary>Every setting is in <c>docs/running.md</c>, where operators look.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void Every_setting_is_documented()
    {
        var files = Source.CSharp("src").ToList();
        var sections = files.SelectMany(file => file.All<InvocationExpressionSyntax>())
            .Select(call => (Name: (call.Expression as MemberAccessExpressionSyntax)?.Name as GenericNameSyntax, call.ArgumentList.Arguments))
            .Where(call => call.Name?.Identifier.Text == "AddValidatedOptions" && call.Arguments.Count == 1)
            .ToDictionary(call => call.Name!.TypeArgumentList.Arguments[0].ToString(), call => call.Arguments[0].ToString().Trim('"').Replace(":", "__", StringComparison.Ordinal));
        var settings = files.SelectMany(file => file.All<ClassDeclarationSyntax>())
            .Where(type => sections.ContainsKey(type.Identifier.Text))
            .SelectMany(type => type.Members.OfType<PropertyDeclarationSyntax>()
                .Where(property => property.AccessorList?.Accessors.Count == 2)
                .Select(property => $"{sections[type.Identifier.Text]}__{property.Identifier.Text}"))
            .ToList();
        var documented = File.ReadAllText(Path.Combine(Source.Root, "docs/running.md"));

        Assert.NotEmpty(settings);
        Source.None(settings.Where(setting => !documented.Contains($"`{setting}", StringComparison.Ordinal)));
    }
}

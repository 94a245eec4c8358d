using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Souk.UnitTests.Architecture;

/// <summary>A story about the whole marketplace says in which shapes it is told: unsaid, it would be told in one alone.</summary>
public sealed class ShapesTests
{
    [Fact]
    public void Whoever_uses_the_marketplace_of_the_run_says_in_which_shapes()
    {
        var users = Source.CSharp("tests/IntegrationTests").SelectMany(file => file.All<ClassDeclarationSyntax>()
            .Where(type => type.ParameterList?.Parameters.Any(parameter => parameter.Type?.ToString() == "SoukServer") == true)
            .Select(type => (type, at: $"{file.At(type)} {type.Identifier.Text}"))).ToList();
        var silent = users.Where(user => !user.type.AttributeLists.Any(list =>
            list.ToString() is """[Trait("Shape", "both")]""" or """[Trait("Shape", "one")]"""));

        Assert.NotEmpty(users);
        Source.None(silent.Select(user => user.at));
    }
}

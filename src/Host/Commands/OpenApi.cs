using System.CommandLine;
using Souk.Platform.OpenApi;

namespace Souk.Host.Commands;

/// <summary><c>souk openapi</c>: writes the OpenAPI document of all routes. Needs no database.</summary>
internal static class OpenApi
{
    public static Command Command()
    {
        var file = new Argument<string?>("file") { Description = "Where to write it. Default: standard output.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("openapi", "Write the OpenAPI document of all routes.") { file };
        command.SetAction((parsed, ct) => Run(parsed.GetValue(file), ct));
        return command;
    }

    private static async Task<int> Run(string? file, CancellationToken ct)
    {
        var document = await Write(ct);
        if (file is null)
            Console.Write(document);
        else
            await File.WriteAllTextAsync(file, document, ct);
        return 0;
    }

    /// <summary>The document. The routes are mapped for real, so it is that of the program that serves.</summary>
    public static async Task<string> Write(CancellationToken ct)
    {
        await using var app = CommandLine.RoutesAlone();
        await app.StartAsync(ct);
        var document = await app.Services.OpenApiDocument(ct);
        await app.StopAsync(ct);
        return document;
    }
}

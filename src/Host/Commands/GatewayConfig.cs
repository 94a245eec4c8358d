using System.CommandLine;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing.Patterns;
using Souk.Platform.Http;

namespace Souk.Host.Commands;

/// <summary>
/// <c>souk gateway-config</c>: prints for nginx which service answers which route. Made from the routes themselves, so that
/// the gateway and the program cannot disagree. Needs no database.
/// </summary>
internal static class GatewayConfig
{
    private const string Anything = "[^/]+";

    public static Command Command()
    {
        var command = new Command("gateway-config", "Print for nginx which service answers which route.");
        command.SetAction(async (_, ct) =>
        {
            await Console.Out.WriteAsync((await Write()).AsMemory(), ct);
            return 0;
        });
        return command;
    }

    /// <summary>The file <c>deploy/nginx/routes.conf</c>, which is that of Production.</summary>
    /// <param name="environment">Some routes are there in Development only; that of the process by default.</param>
    public static async Task<string> Write(string? environment = null)
    {
        await using var app = CommandLine.RoutesAlone(environment);
        var routes = ((IEndpointRouteBuilder)app).DataSources
            .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<ModuleRoute>() is not null)
            .SelectMany(Routes)
            .ToList();
        var lines = new StringBuilder();
        var words = routes.GroupBy(route => route.Segments[0]).OrderBy(word => word.Key, StringComparer.Ordinal);
        foreach (var first in words)
            if (first.Select(route => route.Service).Distinct().Count() == 1)
                lines.Append(Line($@"^\S+ /{first.Key}(/|$)", first.First().Service));
            else
                Divide(first, lines);
        return $$"""
            # Which service answers what. Made from the routes of the program; do not edit:
            #   souk gateway-config > deploy/nginx/routes.conf

            # The service; 405 and the methods there are, where the path is there but not with this one; empty where
            # there is no such path. What belongs to one service as a whole goes to it whatever it is.
            map "$request_method $uri" $souk_service {
                default "";
            {{lines}}}

            """;
    }

    private static IEnumerable<Route> Routes(RouteEndpoint endpoint)
    {
        string[] segments = [.. endpoint.RoutePattern.PathSegments.Select(Segment)];
        if (segments.Length == 0 || segments[0] == Anything)
            throw new InvalidOperationException(
                $"The route {endpoint.RoutePattern.RawText} begins with no word: a gateway cannot tell whose it is.");
        var service = endpoint.Metadata.GetMetadata<ModuleRoute>()!.Name;
        return endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
            .Select(method => new Route(segments, method, service));
    }

    // Several services below one word: each path for itself, words before parameters as in the program.
    private static void Divide(IEnumerable<Route> routes, StringBuilder lines)
    {
        var paths = routes.GroupBy(route => string.Join('/', route.Segments));
        foreach (var path in paths.OrderBy(path => path.Key.Replace('[', '~'), StringComparer.Ordinal))
        {
            var services = path.GroupBy(route => route.Service).ToList();
            if (services is [var alone])
            {
                lines.Append(Line($@"^\S+ /{path.Key}/?$", alone.Key));
                continue;
            }
            foreach (var service in services)
                lines.Append(Line($"^({Methods(service, "|")}) /{path.Key}/?$", service.Key));
            lines.Append(Line($@"^\S+ /{path.Key}/?$", $"\"405 {Methods(path, ", ")}\""));
        }
    }

    private static string Methods(IEnumerable<Route> routes, string between) =>
        string.Join(between, routes.Select(route => route.Method).Distinct().Order(StringComparer.Ordinal));

    // The program does not care about upper and lower case in paths.
    private static string Line(string pattern, string value) => $"    \"~*{pattern}\" {value};\n";

    // A constraint is the service's to check: it answers 404 itself.
    private static string Segment(RoutePatternPathSegment segment) => segment.Parts switch
    {
        [RoutePatternLiteralPart word] => Regex.Escape(word.Content),
        [RoutePatternParameterPart { IsCatchAll: false, IsOptional: false }] => Anything,
        _ => throw new InvalidOperationException("Routes are words and parameters between slashes."),
    };

    private sealed record Route(string[] Segments, string Method, string Service);
}

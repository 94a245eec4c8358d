using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Platform.OpenApi;

/// <summary>What a route's metadata says, as the document says it: who may, which headers, which errors, an example.</summary>
internal static class Operations
{
    public static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, XmlDocs docs)
    {
        var route = context.Description;
        var metadata = route.ActionDescriptor.EndpointMetadata;
        var module = metadata.OfType<ModuleRoute>().LastOrDefault();
        var feature = Feature(metadata.OfType<MethodInfo>().LastOrDefault()?.DeclaringType);
        var alias = metadata.OfType<AliasRoute>().LastOrDefault();

        operation.OperationId = feature is null || alias is not null ? PathId(route) : char.ToLowerInvariant(feature.Name[0]) + feature.Name[1..];
        operation.Tags = new HashSet<OpenApiTagReference> { new(module?.Title ?? "Operations", context.Document) };
        operation.Summary = Sentence(operation.Summary, feature, docs);
        Access(operation, metadata.OfType<AccessRule>().LastOrDefault(), feature, docs, context.Document!);
        if (alias is not null)
            Alias(operation, alias);
        Headers(operation, route, metadata);
        Errors(operation, route, metadata, context.Document!);
        Example(operation, metadata.OfType<RouteExample>().LastOrDefault());
        return Task.CompletedTask;
    }

    // A lambda lives in a class that the compiler made inside the feature's.
    private static Type? Feature(Type? type)
    {
        while (type is not null && type.IsDefined(typeof(CompilerGeneratedAttribute), false))
            type = type.DeclaringType;
        return type is { IsAbstract: true, IsSealed: true } ? type : null;
    }

    private static string Sentence(string? summary, Type? feature, XmlDocs docs)
    {
        if (!string.IsNullOrEmpty(summary))
            return summary;
        var text = feature is null ? null : docs.Summary(feature);
        return text is null ? "Not described" : text.Split(". ")[0].TrimEnd('.');
    }

    private static void Access(OpenApiOperation operation, AccessRule? rule, Type? feature, XmlDocs docs, OpenApiDocument document)
    {
        var who = rule switch
        {
            { Kind: AccessKind.Permission } => $"Needs the permission {string.Join(" or ", rule.Permissions.Select(permission => $"`{permission}`"))}.",
            { Kind: AccessKind.SignedIn } => "Needs a sign-in.",
            _ => "Open to everybody.",
        };
        operation.Description = string.Join("\n\n", new[] { feature is null ? null : docs.Summary(feature), operation.Description, who }.Where(text => !string.IsNullOrWhiteSpace(text)));
        if (rule is { Kind: AccessKind.Permission })
            operation.AddExtension("x-permission", new JsonNodeExtension(new JsonArray([.. rule.Permissions.Select(permission => JsonValue.Create(permission))])));
        OpenApiSecurityRequirement[] signedIn = [Scheme("bearer", document), Scheme("api_key", document)];
        operation.Security = rule is null or { Kind: AccessKind.Guests }
            ? [[], .. signedIn, Scheme("cart_token", document), Scheme("order_token", document)]
            : [.. signedIn];
    }

    private static OpenApiSecurityRequirement Scheme(string name, OpenApiDocument document) => new() { [new OpenApiSecuritySchemeReference(name, document)] = [] };

    private static void Alias(OpenApiOperation operation, AliasRoute alias)
    {
        operation.AddExtension("x-alias-of", new JsonNodeExtension(JsonValue.Create(alias.Of.Length > 0 ? alias.Of : "a canonical route")));
        operation.Description += alias.Of.Length > 0 ? $"\n\nAnother name of `{alias.Of}`." : "\n\nAnother name of a canonical route.";
    }

    private static void Headers(OpenApiOperation operation, ApiDescription route, IList<object> metadata)
    {
        operation.Parameters ??= [];
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>())
            parameter.Description ??= Parameters.Describe(parameter.Name ?? "");
        if (metadata.OfType<PagedRoute>().Any())
        {
            Add(operation, "limit", ParameterLocation.Query, new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "100", Default = JsonValue.Create(20) });
            Add(operation, "cursor", ParameterLocation.Query, new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 2000 });
            Add(operation, "sort", ParameterLocation.Query, new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 64 });
        }
        if (metadata.OfType<IdempotentRoute>().LastOrDefault() is { } idempotent)
            Add(operation, "Idempotency-Key", ParameterLocation.Header, new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 255 }, idempotent.Required);
        if (route.HttpMethod is "PUT" or "DELETE"
            || metadata.OfType<RouteProblems>().Any(problems => problems.Codes.Any(code => code.Status == 412)))
            Add(operation, "If-Match", ParameterLocation.Header, new OpenApiSchema { Type = JsonSchemaType.String });
    }

    private static void Add(OpenApiOperation operation, string name, ParameterLocation place, OpenApiSchema schema, bool required = false)
    {
        if (operation.Parameters!.All(parameter => parameter.Name != name))
            operation.Parameters!.Add(new OpenApiParameter { Name = name, In = place, Required = required, Schema = schema, Description = Parameters.Describe(name) });
    }

    private static void Errors(OpenApiOperation operation, ApiDescription route, IList<object> metadata, OpenApiDocument document)
    {
        operation.Responses ??= [];
        var own = metadata.OfType<RouteProblems>().SelectMany(problems => problems.Codes).Distinct().ToLookup(code => code.Status, code => code.Code);
        var general = General(operation, route, metadata).ToLookup(code => code.Status, code => code.Code);
        foreach (var status in own.Select(codes => codes.Key).Union(general.Select(codes => codes.Key)).Order())
        {
            var name = status.ToString(CultureInfo.InvariantCulture);
            if (own.Contains(status))
                operation.Responses[name] = Document.ProblemResponse(status, [.. own[status].Union(general[status])], document);
            else
                operation.Responses[name] = new OpenApiResponseReference(Document.ResponseName(status), document);
        }
    }

    private static IEnumerable<RouteProblem> General(OpenApiOperation operation, ApiDescription route, IList<object> metadata)
    {
        var rule = metadata.OfType<AccessRule>().LastOrDefault();
        var hasBody = operation.RequestBody is not null;
        return ProblemCodes.OfPlatform.Where(code => code.Status switch
        {
            400 => hasBody || operation.Parameters?.Count > 0,
            401 => true, // Also where guests may: a wrong token is refused, never taken for none.
            403 => rule is { Kind: AccessKind.Permission },
            404 => route.RelativePath?.Contains('{', StringComparison.Ordinal) == true,
            409 => route.HttpMethod != "GET",
            412 => route.HttpMethod is "PUT" or "DELETE",
            413 or 415 => hasBody,
            422 => hasBody || operation.Parameters?.Any(parameter => parameter.In == ParameterLocation.Query) == true,
            406 or 429 or 503 => true,
            _ => false,
        }).Select(code => new RouteProblem(code.Status, code.Code));
    }

    private static void Example(OpenApiOperation operation, RouteExample? example)
    {
        if (example?.Request is { } request && operation.RequestBody?.Content?.Values.FirstOrDefault() is { } sent)
            sent.Example = JsonSerializer.SerializeToNode(request, request.GetType(), Json.Api);
        if (example?.Response is { } response && operation.Responses?.FirstOrDefault(r => r.Key.StartsWith('2')).Value?.Content?.Values.FirstOrDefault() is { } answered)
            answered.Example = JsonSerializer.SerializeToNode(response, response.GetType(), Json.Api);
    }

    private static string PathId(ApiDescription route)
    {
        var id = new StringBuilder(route.HttpMethod!.ToLowerInvariant());
        foreach (var part in route.RelativePath!.Split(['/', '-', '.', '{', '}', ':', '_'], StringSplitOptions.RemoveEmptyEntries))
            id.Append(char.ToUpperInvariant(part[0])).Append(part.AsSpan(1));
        return id.ToString();
    }
}

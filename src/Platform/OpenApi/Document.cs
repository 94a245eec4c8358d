using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using Souk.Platform.Http;

namespace Souk.Platform.OpenApi;

/// <summary>What the document says about all routes: who we are, how to sign in, what an error looks like.</summary>
internal static class Document
{
    public static Task Finish(OpenApiDocument document, OpenApiDocumentTransformerContext context, XmlDocs docs)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Souk",
            Version = typeof(Document).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "1.0.0",
            Summary = "An open marketplace: many sellers, many buyers, one checkout.",
            Description = """
                Times are RFC 3339, money is an integer of minor units with its currency, ids are UUIDs, names are snake_case.
                Every error is `application/problem+json` with a stable `code`. Lists page by `cursor`. A `POST` that creates takes
                an `Idempotency-Key`: sent again, it gets the same answer.
                """,
            Contact = new OpenApiContact { Name = "The Souk maintainers" },
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "The marketplace that served this document." }];
        document.Components ??= new OpenApiComponents();
        SecuritySchemes(document);
        AddProblem(document);
        Tags(document, docs);
        UniqueIds(document);
        AnswersOfOthers(document, context);
        Examples.Fill(document);
        return Task.CompletedTask;
    }

    public static IEnumerable<OpenApiOperation> Operations(OpenApiDocument document) =>
        document.Paths.Values.Where(path => path.Operations is not null).SelectMany(path => path.Operations!.Values);

    /// <summary>An answer that is a problem, with these codes.</summary>
    public static OpenApiResponse ProblemResponse(int status, IReadOnlyList<string> codes, OpenApiDocument document) => new()
    {
        Description = $"{ReasonPhrases.GetReasonPhrase(status)}: {string.Join(", ", codes.Select(code => $"`{code}`"))}.",
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/problem+json"] = new()
            {
                Schema = new OpenApiSchemaReference("Problem", document),
                Example = ProblemExample(status, codes[0]),
            },
        },
    };

    public static string ResponseName(int status) => ReasonPhrases.GetReasonPhrase(status).Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);

    private static JsonObject ProblemExample(int status, string code) => new()
    {
        ["type"] = "urn:souk:problem:" + code,
        ["title"] = ReasonPhrases.GetReasonPhrase(status),
        ["status"] = status,
        ["detail"] = ProblemCodes.OfPlatform.FirstOrDefault(known => known.Code == code)?.Sentence ?? "What is wrong, and what to do.",
        ["code"] = code,
        ["trace_id"] = "4bf92f3577b34da6a3ce929d0e0e4736",
        ["retryable"] = status is 429 or 503 or 504,
        ["errors"] = new JsonArray(),
    };

    private static void SecuritySchemes(OpenApiDocument document)
    {
        document.Components!.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "The access token of a sign-in; it lives 5 minutes.",
            },
            ["api_key"] = Header("X-Api-Key", "A key of a company, for programs."),
            ["cart_token"] = Header("X-Cart-Token", "What a guest's first add to a cart answered; it opens that cart."),
            ["order_token"] = Header("X-Order-Token", "What a guest's checkout answered; it opens that order."),
        };
    }

    private static OpenApiSecurityScheme Header(string name, string description) =>
        new() { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = name, Description = description };

    private static void AddProblem(OpenApiDocument document)
    {
        document.Components!.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas["FieldProblem"] = Object("A problem with one field.", new()
        {
            ["pointer"] = Text("JSON pointer into the body, or ?name for a query parameter."),
            ["code"] = Text("Stable, snake_case."),
            ["detail"] = Text("What to do."),
        }, ["pointer", "code", "detail"], open: false);
        document.Components.Schemas["Problem"] = Object("An error (RFC 9457). Branch on code; show detail.", new()
        {
            ["type"] = Text("Names the kind of error."),
            ["title"] = Text("The phrase of the status."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The HTTP status." },
            ["detail"] = Text("A sentence that says what to do."),
            ["instance"] = Text("The path that was asked for."),
            ["code"] = Text("Stable, snake_case; listed in docs/api.md."),
            ["trace_id"] = Text("Quote it when you report the error."),
            ["retryable"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Whether the same request may succeed later." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array, Items = new OpenApiSchemaReference("FieldProblem", document), Description = "All fields that need attention.",
            },
        }, ["type", "title", "status", "detail", "code", "trace_id", "retryable", "errors"], open: true);

        var used = Operations(document).SelectMany(operation => operation.Responses!.Values)
            .OfType<OpenApiResponseReference>().Select(reference => reference.Reference.Id).ToHashSet();
        document.Components.Responses = ProblemCodes.OfPlatform.GroupBy(code => code.Status)
            .Where(codes => used.Contains(ResponseName(codes.Key)))
            .ToDictionary(codes => ResponseName(codes.Key), codes => (IOpenApiResponse)ProblemResponse(codes.Key, [.. codes.Select(code => code.Code)], document));
    }

    private static OpenApiSchema Object(string description, Dictionary<string, IOpenApiSchema> properties, HashSet<string> required, bool open) =>
        new() { Type = JsonSchemaType.Object, Description = description, Properties = properties, Required = required, AdditionalPropertiesAllowed = open };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    private static void Tags(OpenApiDocument document, XmlDocs docs)
    {
        var used = Operations(document).SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => tag.Name!).Distinct().Order(StringComparer.Ordinal);
        var modules = AppDomain.CurrentDomain.GetAssemblies().Where(assembly => assembly.GetName().Name?.StartsWith("Souk.", StringComparison.Ordinal) == true)
            .SelectMany(assembly => assembly.GetExportedTypes()).Where(type => type.IsAssignableTo(typeof(IModule)) && type.IsClass)
            .ToLookup(type => type.Name, StringComparer.Ordinal);
        document.Tags = used.Select(tag => new OpenApiTag
        {
            Name = tag,
            Description = modules[tag + "Module"].Select(docs.Summary).FirstOrDefault() ?? "How the process is.",
        }).ToHashSet();
    }

    // Where the other service is not hosted its answer stays any JSON.
    private static void AnswersOfOthers(OpenApiDocument document, OpenApiDocumentTransformerContext context)
    {
        foreach (var route in context.DescriptionGroups.SelectMany(group => group.Items))
        {
            if (route.ActionDescriptor.EndpointMetadata.OfType<AnswerOf>().LastOrDefault() is not { } answer
                || answer.Route.Split(' ') is not [var method, var path]
                || Content(document, method, path, "200") is not { } source
                || source.Schema is not OpenApiSchemaReference { Reference.Id: { } name }
                || Content(document, route.HttpMethod!, "/" + route.RelativePath!.TrimEnd('/'), "201") is not { } to)
                continue;
            var plus = name + "With" + string.Concat(
                answer.Member.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
            var (schemas, target) = (document.Components!.Schemas!, document.Components.Schemas![name]);
            schemas[plus] = new OpenApiSchema
            {
                Type = target.Type, Description = target.Description, Required = target.Required,
                Properties = new Dictionary<string, IOpenApiSchema>(target.Properties!)
                {
                    [answer.Member] = Text(answer.Description),
                },
                AdditionalPropertiesAllowed = target.AdditionalPropertiesAllowed,
            };
            (to.Schema, to.Example) = (new OpenApiSchemaReference(plus, document), source.Example?.DeepClone());
        }
    }

    private static OpenApiMediaType? Content(OpenApiDocument document, string method, string path, string status) =>
        document.Paths.TryGetValue(path, out var item)
            && item.Operations!.TryGetValue(HttpMethod.Parse(method), out var operation)
            ? operation.Responses![status].Content!["application/json"] as OpenApiMediaType
            : null;

    // Two routes of one feature share its name; the later ones say their path too.
    private static void UniqueIds(OpenApiDocument document)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, item) in document.Paths)
            foreach (var (method, operation) in item.Operations!)
                if (!seen.Add(operation.OperationId!))
                {
                    var more = string.Concat(path.Split(['/', '-', '{', '}', '.', '_'], StringSplitOptions.RemoveEmptyEntries).Select(part => char.ToUpper(part[0], CultureInfo.InvariantCulture) + part[1..]));
                    operation.OperationId = $"{operation.OperationId}{char.ToUpperInvariant(method.Method[0])}{method.Method[1..].ToLowerInvariant()}{more}";
                    seen.Add(operation.OperationId);
                }
    }
}

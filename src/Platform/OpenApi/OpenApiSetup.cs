using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Platform.OpenApi;

/// <summary>The OpenAPI 3.1 document, made from the routes themselves, and the page to try it.</summary>
public static class OpenApiSetup
{
    private const string DocumentName = "v1";

    // Swagger UI sets styles on elements; nothing else is loosened, and nothing comes from another host.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

    internal static void AddSoukOpenApi(this IHostApplicationBuilder builder)
    {
        var docs = new XmlDocs();
        var names = new SchemaNames();
        builder.Services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.CreateSchemaReferenceId = names.Of;
            options.AddSchemaTransformer((schema, context, _) => Schemas.Describe(schema, context, docs));
            options.AddOperationTransformer((operation, context, _) => Operations.Describe(operation, context, docs));
            options.AddDocumentTransformer((document, context, _) => Document.Finish(document, context, docs));
        });
    }

    /// <summary>The document as it is served and committed.</summary>
    public static async Task<string> OpenApiDocument(this IServiceProvider services, CancellationToken ct)
    {
        // The names of types and the defaults come from scoped services.
        await using var scope = services.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(DocumentName).GetOpenApiDocumentAsync(ct);
        return (await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, ct)).ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>Serves <c>/openapi.json</c> and <c>/docs</c>: in Development, elsewhere when <c>Souk:Http:Docs</c> says so.</summary>
    internal static void UseSoukDocs(this WebApplication app)
    {
        if (!(app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.Docs ?? app.Environment.IsDevelopment()))
            return;
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/docs", StringComparison.Ordinal), page =>
        {
            page.Use((http, next) =>
            {
                http.Response.Headers.ContentSecurityPolicy = PagePolicy;
                return next(http);
            });
            page.UseSwaggerUI(ui =>
            {
                ui.RoutePrefix = "docs";
                ui.DocumentTitle = "Souk: the API";
                ui.SwaggerEndpoint("/openapi.json", "Souk");
                ui.EnableValidator(null);
                ui.EnableDeepLinking();
                ui.DocExpansion(Swashbuckle.AspNetCore.SwaggerUI.DocExpansion.None);
            });
        });
        // Made at the first request, once for all: the routes do not change while the process runs.
        var made = new Lazy<Task<byte[]>>(async () =>
            Encoding.UTF8.GetBytes(await app.Services.OpenApiDocument(CancellationToken.None)));
        app.MapGet("/openapi.json", async (HttpContext http) =>
        {
            // Making it takes a second, on a busy machine longer than a read may: stopped, it would never be there.
            http.RequestAborted = CancellationToken.None;
            return TypedResults.Bytes(await made.Value, "application/json; charset=utf-8");
        }).AllowGuests().ExcludeFromDescription();
    }
}

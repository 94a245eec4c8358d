using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Host;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.OpenApi;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Http;

/// <summary>One host for all that ask every route; one after the other, because some look whether anything changed.</summary>
[CollectionDefinition(nameof(OpenHost))]
public sealed class OpenHosts : ICollectionFixture<OpenHost>;

/// <summary>
/// All services of the marketplace behind a caller who may do everything: for what is asked of every route there is. The
/// background work stays off, so that whatever changes was changed by a request.
/// </summary>
public sealed class OpenHost : IAsyncLifetime
{
    private TestDatabase? database;
    private string? missing;
    private WebApplication? app;

    /// <summary>The document of the routes.</summary>
    public JsonNode Document { get; private set; } = null!;

    /// <summary>The document as it is served.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The routes that answer, without the document itself and the pages of a developer's machine.</summary>
    public IReadOnlyList<(string Method, string Path, RouteEndpoint Route)> Routes { get; private set; } = [];

    public HttpClient Client()
    {
        if (app is null)
            TestDatabase.Missing(missing!);
        return new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(20) };
    }

    /// <summary>Rows of all tables of all services, but for what the platform keeps about itself.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Rows()
    {
        await using var source = NpgsqlDataSource.Create(database!.Owner);
        await using var list = source.CreateCommand("""
            select coalesce(string_agg(format('select %L, count(*) from %I.%I', schemaname || '.' || tablename, schemaname, tablename), ' union all '), 'select '''', 0')
              from pg_tables
             where schemaname not in ('pg_catalog', 'information_schema', 'public') and tablename not in ('jobs', 'cursors', 'topic', 'migrations')
               and tablename not like 'log\_%'
            """);
        await using var count = source.CreateCommand((string)(await list.ExecuteScalarAsync())!);
        var rows = new Dictionary<string, long>();
        await using var reader = await count.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows.Add(reader.GetString(0), reader.GetInt64(1));
        return rows;
    }

    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        var builder = Marketplace.Prepare(SoukServer.Settings(database.Owner, SoukServer.FreePort()));
        builder.Logging.ClearProviders();
        foreach (var worker in builder.Services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Name != "GenericWebHostService").ToArray())
            builder.Services.Remove(worker);
        app = builder.Build();
        app.UseSoukHttp(web => web.Use((http, next) =>
        {
            http.Features.Set(new Caller { AccountId = Guid.CreateVersion7(), SessionId = Guid.CreateVersion7(), Kind = "staff", Permissions = new HashSet<string>(Permissions.All) });
            return next(http);
        }));
        foreach (var module in Marketplace.Hosted(builder.Configuration))
            app.MapModule(module);
        await app.Services.Migrate(CancellationToken.None);
        await app.StartAsync();

        Text = await app.Services.OpenApiDocument(CancellationToken.None);
        Document = JsonNode.Parse(Text)!;
        Routes = [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            // The mailbox is a page for people, in Development only.
            .Where(route => route.RoutePattern.RawText is { } path && path != "/openapi.json" && !path.StartsWith("/mailbox", StringComparison.Ordinal))
            .SelectMany(route => route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => (method, Pattern(route), route)))];
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        if (database is not null)
            await database.DisposeAsync();
    }

    // {id:guid} is {id} in the document.
    private static string Pattern(RouteEndpoint route) =>
        "/" + string.Join('/', route.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            _ => "",
        }))));
}

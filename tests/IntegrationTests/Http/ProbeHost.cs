using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Souk.Contracts;
using Souk.IntegrationTests.Http;
using Souk.IntegrationTests.Http.Probe;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

[assembly: AssemblyFixture(typeof(ProbeHost))]

namespace Souk.IntegrationTests.Http;

/// <summary>A host with one small service: routes that do what only a test would, so that the HTTP side is seen without a business.</summary>
public sealed class ProbeHost : IAsyncLifetime
{
    private TestDatabase? database;
    private string? missing;
    private WebApplication? app;
    private Uri? url;

    internal IServiceProvider Services => app!.Services;

    internal NpgsqlDataSource Data { get; private set; } = null!;

    /// <summary>A client of its own name: no two tests share a principal.</summary>
    public HttpClient Client(string? caller = null)
    {
        if (app is null)
            TestDatabase.Missing(missing!);
        var client = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(20) };
        client.DefaultRequestHeaders.Add("X-Probe-Caller", caller ?? Guid.CreateVersion7().ToString());
        return client;
    }

    /// <summary>Nobody in particular.</summary>
    public HttpClient Stranger()
    {
        var client = Client();
        client.DefaultRequestHeaders.Remove("X-Probe-Caller");
        return client;
    }

    internal async Task<long> Count(string thing)
    {
        await using var command = Data.CreateCommand("select count(*) from probe.things where name = $1");
        command.Parameters.AddWithValue(thing);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    internal async Task<long> CountId(Guid id)
    {
        await using var command = Data.CreateCommand("select count(*) from probe.things where id = $1");
        command.Parameters.AddWithValue(id);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(SoukServer.Settings(database.Owner, 0));
        builder.Configuration["Souk:Http:WriteDeadline"] = "00:00:06";
        builder.Configuration["Souk:Http:ReadDeadline"] = "00:00:01";
        builder.Configuration["Souk:Http:AnswerWait"] = "00:00:05";
        builder.Logging.ClearProviders();
        builder.AddPlatform();
        builder.AddService<ProbeDb>("probe").On<Late, OnLate>();
        app = builder.Build();
        app.UseSoukHttp(web => web.Use(Authenticate));
        app.MapModule(new ProbeModule());
        await app.Services.Migrate(CancellationToken.None);
        Data = NpgsqlDataSource.Create(database.Owner);
        await using (var command = Data.CreateCommand(
            "create table probe.things (id uuid primary key, name text not null, version bigint not null default 0); grant all on probe.things to public"))
            await command.ExecuteNonQueryAsync();
        await app.StartAsync();
        url = new Uri(app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        if (Data is not null)
            await Data.DisposeAsync();
        if (database is not null)
            await database.DisposeAsync();
    }

    private static Task Authenticate(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Headers["X-Probe-Caller"] is [{ } caller])
            http.Features.Set(new Caller { AccountId = Guid.Parse(caller) });
        return next(http);
    }
}

internal sealed class ProbeDb(DbContextOptions<ProbeDb> options, Service<ProbeDb> service) : ServiceDb(options, service)
{
    public DbSet<Thing> Things => Set<Thing>();
}

internal sealed class Thing : IVersioned
{
    public Guid Id { get; init; }

    public string Name { get; set; } = "";

    public long Version { get; set; }
}

internal sealed class OnLate(ProbeDb db, PendingAnswers answers) : Platform.Events.IHandle<Late>
{
    public async Task Handle(Late e, CancellationToken ct)
    {
        // Nobody ever answers.
        if (e.Status == 0)
            return;
        await Task.Delay(e.DelayMilliseconds, ct);
        answers.Complete(db, new LateAnswer(e.Key, e.Status, $$"""{"id":"{{e.Key}}","late":true}""", $"/late/{e.Key}"));
    }
}

public sealed record PutThingRequest(
    [property: Required, StringLength(20)] string Name, [Range(1, 10)] int Quantity = 1, Money? Price = null,
    [MaxLength(2)] PutThingLine[]? Lines = null, DateTimeOffset? At = null,
    [StringLength(1000, MinimumLength = 1)] string? Text = null,
    [EmailAddress] string? Email = null, [Range(0, 1_000)] long? Stock = null, [Range(0, 100)] decimal? Percent = null,
    [RegularExpression("a+")] string? Form = null);

public sealed record PutThingLine([Range(1, 5)] int Quantity, string? Note = null);

public sealed record ThingResponse(Guid Id, string Name, long Version);

internal sealed class ProbeModule : IModule
{
    public string Name => "probe";

    public void AddServices(IHostApplicationBuilder builder)
    {
    }

    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowGuests();
        probe.MapPost("/noop", () => TypedResults.Ok(new ThingResponse(Guid.Empty, "noop", 1))).Idempotent();
        probe.MapPost("/things", (PutThingRequest request, ProbeDb db, HttpContext http) =>
        {
            var thing = new Thing { Id = Guid.CreateVersion7(), Name = request.Name };
            db.Things.Add(thing);
            ETag.Set(http, thing);
            return Answer.Saved(() => TypedResults.Created($"/probe/things/{thing.Id}", new ThingResponse(thing.Id, thing.Name, thing.Version)));
        }).Idempotent();
        // Reads first, so the record travels with the read; then takes its time.
        probe.MapPost("/slow", async (string name, int? ms, ProbeDb db, CancellationToken ct) =>
        {
            await db.Query("select count(*) from things where name = $1", row => row.GetInt64(0), ct, name);
            await Task.Delay(ms ?? 0, ct);
            var id = Guid.CreateVersion7();
            db.Run("insert into things (id, name) values ($1, $2)", id, name);
            return TypedResults.Json(new { id, name }, statusCode: 201);
        }).Idempotent();
        probe.MapPost("/refuse", async (string name, int status, bool? late, ProbeDb db, CancellationToken ct) =>
        {
            await db.Execute("insert into things (id, name) values ($1, $2)", ct, Guid.CreateVersion7(), name);
            throw new RuleException(status, "refused_by_rule", $"{status}");
        }).Idempotent();
        probe.MapPost("/decline", (string name, int status, ProbeDb db) =>
        {
            db.Run("insert into things (id, name) values ($1, $2)", Guid.CreateVersion7(), name);
            return new Problem(status, "declined", "The card was declined. Take another.");
        }).Idempotent();
        probe.MapPost("/paid", () => TypedResults.NoContent()).Idempotent(required: true);
        probe.MapPost("/late", (int status, int ms, int? limit, ProbeDb db, HttpContext http) =>
        {
            var id = Answer.Id(http);
            db.Run("insert into things (id, name) values ($1, 'late')", id);
            db.Publish(new Late(id, status, ms));
            return Answer.Later(TypedResults.Accepted($"/wait/{id}", new { id }), limit is null ? null : TimeSpan.FromMilliseconds(limit.Value));
        }).Idempotent().AnswersLater();
        probe.MapPost("/batch", async (PutThingRequest[] entries, Writes writes, HttpContext http) =>
        {
            var answers = new List<EntryAnswer>();
            foreach (var entry in entries)
                answers.Add(await writes.Entry(http, "probe", entry.Name, entry, one =>
                {
                    one.RequestServices.GetRequiredService<ProbeDb>().Run("insert into things (id, name) values ($1, $2)", Answer.Id(one), entry.Name);
                    if (entry.Quantity == 9)
                        throw new RuleException("refused_by_rule", "Nine are refused.");
                    one.RequestServices.GetRequiredService<ProbeDb>().Publish(new Late(Answer.Id(one), 201, 0));
                    return Task.FromResult(Answer.Later(TypedResults.Accepted("/wait")));
                }));
            return TypedResults.Ok(answers);
        }).AnswersLater().WithoutTransaction();
        probe.MapPost("/crash", IResult () => throw new InvalidOperationException("at System.Secret select password")).Idempotent();
        probe.MapPost("/unique", (Guid id, ProbeDb db) =>
        {
            db.Things.Add(new Thing { Id = id, Name = "unique" });
            return TypedResults.NoContent();
        });
        probe.MapPut("/things/{id:guid}", async (Guid id, PutThingRequest request, ProbeDb db, HttpContext http, CancellationToken ct) =>
        {
            var thing = await db.Things.SingleOrDefaultAsync(t => t.Id == id, ct) ?? throw RuleException.NotFound();
            ETag.Check(http, thing.Version);
            if (request.Text is not null)
                await Task.Delay(300, ct);
            thing.Name = request.Name;
            ETag.Set(http, thing);
            return Answer.Saved(() => TypedResults.Ok(new ThingResponse(thing.Id, thing.Name, thing.Version)));
        });
        probe.MapGet("/things/{id:guid}", async (Guid id, ProbeDb db, HttpContext http, CancellationToken ct) =>
        {
            var thing = await db.Things.AsNoTracking().SingleOrDefaultAsync(t => t.Id == id, ct) ?? throw RuleException.NotFound();
            ETag.Set(http, thing.Version);
            return TypedResults.Ok(new ThingResponse(thing.Id, thing.Name, thing.Version));
        });
        probe.MapGet("/things", async (PageRequest page, string? name, ProbeDb db, CancellationToken ct) =>
        {
            var descending = page.Sort("id", "-id") == "-id";
            var rows = await db.Query(
                $"select id, name, version from things where name = $1 and ($2::uuid is null or id {(descending ? '<' : '>')} $2) order by id {(descending ? "desc" : "")} limit $3",
                row => new ThingResponse(row.GetGuid(0), row.GetString(1), row.GetInt64(2)), ct, name ?? "", Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
            return TypedResults.Ok(page.Result(rows, row => [row.Id]));
        });
        probe.MapGet("/hang", async (CancellationToken ct) =>
        {
            await Task.Delay(10_000, ct);
            return "never";
        });
        probe.MapGet("/busy", async (ProbeDb db, CancellationToken ct) =>
        {
            await db.Query("select pg_sleep(10)", _ => 0, ct);
            return "never";
        });
        // Its time is over when it was committed.
        probe.MapPost("/overdue", (ProbeDb db) =>
        {
            db.Run("insert into things (id, name) values ($1, 'overdue')", Guid.CreateVersion7());
            db.AfterCommit(() => SpinWait.SpinUntil(() => false, 6_300));
            return TypedResults.Ok(new ThingResponse(Guid.Empty, "overdue", 1));
        });
        probe.MapGet("/typed", (int number, Guid? id, DateTimeOffset? at) => TypedResults.Ok(number));
        probe.MapGet("/ordered", (PageRequest page) => page.Result<Guid>([], id => [id]));
        probe.MapPut("/untagged", () => TypedResults.NoContent());
    }
}

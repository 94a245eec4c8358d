using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Db;

namespace Souk.Platform.Http;

/// <summary>What one entry of a batch was answered.</summary>
/// <param name="Status">The HTTP status it would have had alone.</param>
/// <param name="Location">Where it can be read.</param>
/// <param name="Body">What it would have been answered alone; null when that is nothing.</param>
public sealed record EntryAnswer(int Status, string? Location, JsonElement? Body);

/// <summary>
/// Units of work of a route <see cref="RouteNotes.WithoutTransaction{TBuilder}" />: a transaction in the middle of something
/// slow, or the entries of a batch, each with its own scope, transaction, key and answer as if it had been sent alone.
/// </summary>
public sealed class Writes
{
    private readonly ConcurrentDictionary<string, WriteFilter> filters = new(StringComparer.Ordinal);
    private readonly IServiceProvider services;

    /// <summary>Made by the container.</summary>
    public Writes(IServiceProvider services) => this.services = services;

    /// <summary>Runs one unit of work in a scope and a transaction of its own, and commits it; what throws is rolled back.</summary>
    public async Task<T> Run<TDb, T>(Func<TDb, Task<T>> work, CancellationToken ct) where TDb : ServiceDb
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        db.Work.StartRequest();
        var result = await work(db);
        await db.Commit(null, ct);
        return result;
    }

    /// <summary>Runs one unit of work that answers nothing.</summary>
    public Task Run<TDb>(Func<TDb, Task> work, CancellationToken ct) where TDb : ServiceDb => Run<TDb, bool>(
        async db =>
        {
            await work(db);
            return true;
        },
        ct);

    /// <summary>Runs one entry. It never throws for what is wrong with the entry: that is its answer.</summary>
    /// <param name="batch">The request that holds the entry; the route may be marked with <see cref="Answer.AnswersLater{TBuilder}" />.</param>
    /// <param name="service">The service that writes.</param>
    /// <param name="key">The entry's own key; null when it has none.</param>
    /// <param name="entry">The entry, as it was sent: the same key with another one is refused.</param>
    /// <param name="handler">Gets a request of its own, with services of its own scope.</param>
    public async Task<EntryAnswer> Entry(HttpContext batch, string service, string? key, object entry, Func<HttpContext, Task<IResult>> handler)
    {
        await using var scope = services.CreateAsyncScope();
        using var buffer = new AnswerBuffer();
        var http = Of(batch, scope.ServiceProvider, buffer);
        if (key is not null)
            http.Features.Set(new RequestKey(key, SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(entry, entry.GetType(), Json.Api))));
        ReadOnlyMemory<byte> body;
        try
        {
            RequestKey.Check(key);
            Validation.Validate(entry);
            body = await filters.GetOrAdd(service, name => new WriteFilter(name, services)).Run(http, buffer, async () => await handler(http));
        }
        catch (Exception e) when (!batch.RequestAborted.IsCancellationRequested)
        {
            buffer.Clear();
            http.Response.Headers.Clear();
            await Problems.Of(http, e).ExecuteAsync(http);
            body = buffer.Written;
        }
        return new EntryAnswer(
            http.Response.StatusCode, http.Response.Headers.Location.ToString() is { Length: > 0 } location ? location : null,
            body.Length == 0 ? null : JsonElement.Parse(body.Span));
    }

    private static DefaultHttpContext Of(HttpContext batch, IServiceProvider scope, AnswerBuffer buffer)
    {
        var http = new DefaultHttpContext { RequestServices = scope, RequestAborted = batch.RequestAborted, TraceIdentifier = batch.TraceIdentifier };
        (http.Request.Method, http.Request.Path, http.Request.Scheme, http.Request.Host) =
            (batch.Request.Method, batch.Request.Path, batch.Request.Scheme, batch.Request.Host);
        http.Features.Set(batch.CurrentCaller());
        http.Features.Set<IHttpResponseBodyFeature>(buffer);
        http.SetEndpoint(batch.GetEndpoint());
        return http;
    }
}

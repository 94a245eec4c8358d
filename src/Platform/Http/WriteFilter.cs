using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Souk.Platform.Db;
using Souk.Platform.Security;

namespace Souk.Platform.Http;

/// <summary>
/// The unit of work of every route that is no GET: the handler runs in a transaction, its answer is rendered into a buffer,
/// stored under the idempotency key, committed, and only then sent. What is returned is committed; what is thrown is
/// rolled back.
/// </summary>
internal sealed class WriteFilter(string service, IServiceProvider services)
{
    // Of what a request has left it waits for its answer as long; in the rest it is told that there is none yet.
    private const double PartToWait = 0.8;

    private static readonly TimeSpan RunningWait = TimeSpan.FromSeconds(2);
    private static readonly Meter Meter = new("Souk.Http");
    private static readonly Counter<long> Replays = Meter.CreateCounter<long>(
        "idempotency_replays", description: "Requests answered with what their Idempotency-Key got before.");
    private readonly Lazy<Service> owner = new(() => services.GetServices<Service>().Single(s => s.Name == service));
    private readonly PendingAnswers pending = services.GetRequiredService<PendingAnswers>();
    private readonly TimeProvider clock = services.GetRequiredService<TimeProvider>();
    private readonly GuestTokens tokens = services.GetRequiredService<GuestTokens>();
    private readonly TimeSpan answerWait = services.GetRequiredService<IOptions<HttpOptions>>().Value.AnswerWait;

    public static void AddTo(RouteGroupBuilder group, string service)
    {
        var services = ((IEndpointRouteBuilder)group).ServiceProvider;
        var filter = new WriteFilter(service, services);
        group.DisableValidation();
        group.AddEndpointFilterFactory((route, next) =>
        {
            var validate = Validation.For(route.MethodInfo, services);
            return context =>
            {
                // Before the transaction: what breaks a rule never began.
                validate?.Invoke(context);
                var http = context.HttpContext;
                if (HttpMethods.IsGet(http.Request.Method))
                    return Read(context, next);
                return http.GetEndpoint()!.Metadata.GetMetadata<NoTransaction>() is null
                    ? filter.Write(http, () => next(context))
                    : next(context);
            };
        });
    }

    private static async ValueTask<object?> Read(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        return ETag.NotModified(context.HttpContext) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : result;
    }

    private async ValueTask<object?> Write(HttpContext http, Func<ValueTask<object?>> handler)
    {
        if (owner.Value.Writers.IsCrowded)
            return Problem.Busy();
        var client = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var buffer = new AnswerBuffer();
        http.Features.Set<IHttpResponseBodyFeature>(buffer);
        try
        {
            var body = await Run(http, buffer, handler);
            Deadline.IsMet(http);
            http.Features.Set(client);
            http.Response.ContentLength = http.Response.StatusCode is 204 or 304 ? null : body.Length;
            if (body.Length > 0)
                await client.Writer.WriteAsync(body, http.RequestAborted);
        }
        finally
        {
            http.Features.Set(client);
        }
        return Results.Empty;
    }

    /// <summary>The body to send; status and headers are on the response.</summary>
    public async Task<ReadOnlyMemory<byte>> Run(HttpContext http, AnswerBuffer buffer, Func<ValueTask<object?>> handler)
    {
        var ct = http.RequestAborted;
        await using var db = http.RequestServices.GetRequiredKeyedService<ServiceDb>(service);
        db.Work.StartRequest();
        var record = Begin(http, db.Work);
        PendingAnswers.Waiter? waiter = null;
        owner.Value.WriteBegins();
        var writing = true;
        try
        {
            var result = Unwrap(await handler());
            ETag.CheckCompared(http);
            await db.SaveEntities(ct);
            ETag.SetSaved(http);
            await Render(http, result);
            if (result is LaterResult)
                waiter = pending.Expect(record!.AnswerId!.Value, owner.Value);
            await db.Commit(() => Keep(http, db.Work, record, buffer, isLate: waiter is not null), ct);
            writing = Ended();
            return waiter is null
                ? buffer.Written
                : await Late(http, (LaterResult)result!, record!, waiter, buffer);
        }
        catch (Exception e) when (record is not null && IsOfTheKey(e))
        {
            await db.Work.DisposeAsync();
            return await Existing(http, record, buffer, e);
        }
        catch (RuleException e) when (record is not null && IsAnAnswer(e.Status))
        {
            await db.Work.DisposeAsync();
            return await Refuse(http, record, buffer, e);
        }
        finally
        {
            if (writing)
                Ended();
            if (waiter is not null)
                pending.Leave(record!.AnswerId!.Value, waiter);
        }

        bool Ended()
        {
            owner.Value.WriteEnds();
            return false;
        }
    }

    private IdempotencyRecord? Begin(HttpContext http, Work work)
    {
        var endpoint = http.GetEndpoint()!;
        var answerId = endpoint.Metadata.GetMetadata<LateRoute>() is null
            ? (Guid?)null
            : Guid.CreateVersion7(clock.GetUtcNow()); // An order reads from it when it was placed.
        var key = http.Features.Get<RequestKey>();
        if (key is null && answerId is null)
            return null;
        var record = new IdempotencyRecord(
            key?.Principal(http) ?? http.CurrentCaller().Principal, RequestKey.RouteOf(http, endpoint),
            key?.Key ?? answerId!.Value.ToString(), key?.Hash ?? [], answerId);
        record.Begin(work);
        http.Features.Set(new WriteContext { Record = record, AnswerId = answerId });
        return record;
    }

    private static object? Unwrap(object? result)
    {
        while (result is INestedHttpResult nested)
            result = nested.Result;
        return result;
    }

    private static Task Render(HttpContext http, object? result) => result switch
    {
        null => Task.CompletedTask,
        IResult answer => answer.ExecuteAsync(http),
        string text => http.Response.WriteAsync(text),
        _ => http.Response.WriteAsJsonAsync(result, result.GetType(), Json.Api, null, http.RequestAborted),
    };

    private static void Keep(HttpContext http, Work work, IdempotencyRecord? record, AnswerBuffer buffer, bool isLate)
    {
        if (record is null || isLate)
            return;
        if (http.Response.StatusCode < 400 || IsAnAnswer(http.Response.StatusCode))
            record.Answer(work, StoredAnswer.Of(http.Response, buffer.Written));
        else
            record.Forget(work);
    }

    // Refusals of the business are what was answered; other errors are of requests that never began.
    private static bool IsAnAnswer(int status) => status is 402 or 409 or 410;

    private static bool IsOfTheKey(Exception e) =>
        Failures.Postgres(e) is { } failure && (IdempotencyRecord.IsTaken(failure) || IdempotencyRecord.IsRunning(failure));

    private async Task<ReadOnlyMemory<byte>> Late(
        HttpContext http, LaterResult result, IdempotencyRecord record, PendingAnswers.Waiter waiter, AnswerBuffer buffer)
    {
        var answer = await Wait(waiter, WaitMax(http, result), http.RequestAborted);
        if (answer is null)
        {
            // From here on the fallback is the answer, unless the true one was stored in this very moment.
            var fallback = StoredAnswer.Of(http.Response, buffer.Written);
            answer = await LateAnswers.TryStore(owner.Value, record.AnswerId!.Value, fallback, http.RequestAborted);
        }
        answer.Head(http.Response);
        return KeptTokens.Signed(answer.Body, tokens);
    }

    // Who waited for a turn has less time here.
    private TimeSpan WaitMax(HttpContext http, LaterResult result)
    {
        var limit = result.Limit ?? answerWait;
        return Deadline.Left(http) * PartToWait is { } left && left < limit
            ? TimeSpan.FromTicks(Math.Max(0, left.Ticks))
            : limit;
    }

    private static async Task<StoredAnswer?> Wait(PendingAnswers.Waiter waiter, TimeSpan limit, CancellationToken ct)
    {
        try
        {
            return await waiter.Answered.Task.WaitAsync(limit, ct);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Another request had the key: its answer is given again, or it is awaited, or this is another request.</summary>
    private async Task<ReadOnlyMemory<byte>> Existing(HttpContext http, IdempotencyRecord record, AnswerBuffer buffer, Exception failure)
    {
        var ct = http.RequestAborted;
        Clear(http, buffer);
        var existing = Failures.Postgres(failure) is { } e && IdempotencyRecord.IsRunning(e) ? null : await record.Read(owner.Value, ct);
        if (existing is { SameRequest: false })
            throw new RuleException(422, "idempotency_key_reused", "This Idempotency-Key was used for another request. Take a new one.");
        var answer = existing?.Answer;
        if (existing is { Answer: null, AnswerId: { } id })
        {
            var waiter = pending.Expect(id, owner.Value);
            try
            {
                answer = await Wait(waiter, RunningWait, ct);
            }
            finally
            {
                pending.Leave(id, waiter);
            }
        }
        if (answer is null)
        {
            http.Response.Headers.RetryAfter = "1";
            await new Problem(409, "still_running", "The first request with this Idempotency-Key is still running. Retry in a second.").ExecuteAsync(http);
            return buffer.Written;
        }
        answer.Head(http.Response);
        http.Response.Headers["Idempotent-Replayed"] = "true";
        Replays.Add(1);
        return KeptTokens.Signed(answer.Body, tokens);
    }

    /// <summary>A refusal by exception: what was changed is gone, the refusal is the answer of the key.</summary>
    private async Task<ReadOnlyMemory<byte>> Refuse(HttpContext http, IdempotencyRecord record, AnswerBuffer buffer, RuleException e)
    {
        Clear(http, buffer);
        await new Problem(e).ExecuteAsync(http);
        var stored = await record.StoreAlone(owner.Value, StoredAnswer.Of(http.Response, buffer.Written), http.RequestAborted);
        return stored ? buffer.Written : await Existing(http, record, buffer, e);
    }

    private static void Clear(HttpContext http, AnswerBuffer buffer)
    {
        buffer.Clear();
        http.Response.StatusCode = StatusCodes.Status200OK;
        new StoredAnswer(200, null, default).Head(http.Response);
    }
}

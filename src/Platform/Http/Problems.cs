using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Platform.Http;

/// <summary>Turns every exception, and every error without a body, into problem+json. The one place where that is done.</summary>
internal static class Problems
{
    public static async Task Catch(HttpContext http, RequestDelegate next)
    {
        // The deadline replaces the token of the request; here it is still the client's own.
        var client = http.RequestAborted;
        try
        {
            await next(http);
            if (http.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null, ContentLength: null or 0 })
                await Send(http, OfStatus(http), keepHeaders: true);
        }
        catch (Exception) when (client.IsCancellationRequested)
        {
            // The client has gone: nobody reads an answer.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            var problem = Of(http, e);
            http.RequestAborted = client;
            await Send(http, problem, keepHeaders: false);
        }
    }

    /// <summary>The problem that an exception is.</summary>
    public static Problem Of(HttpContext http, Exception e) => e is BadHttpRequestException bad ? BadRequests.Explain(http, bad) : OfException(http, e);

    private static async Task Send(HttpContext http, Problem problem, bool keepHeaders)
    {
        if (!keepHeaders)
        {
            http.Response.Clear();
            SecurityHeaders.Set(http);
        }
        problem = await RateLimits.CountFailure(http, problem);
        await problem.ExecuteAsync(http);
    }

    private static Problem OfException(HttpContext http, Exception e)
    {
        if (Failures.Find<RuleException>(e) is { } rule)
            return new Problem(rule);
        if (Failures.Find<ChangedMeanwhileException>(e) is not null || Failures.Find<DbUpdateConcurrencyException>(e) is not null)
            return new Problem(409, "changed_meanwhile", "Someone else changed it meanwhile. Read it again, then retry.");
        if (e is OperationCanceledException or TimeoutException)
            return new Problem(503, "too_slow", "It took too long and was stopped. Retry in a second, with the same Idempotency-Key.");
        if (Failures.Postgres(e) is { } failure && OfDatabase(failure) is { } known)
            return known;

        var log = http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Souk.Http");
        if (Failures.Find<NpgsqlException>(e) is { } database && (database.IsTransient || database.InnerException is TimeoutException or IOException))
        {
            log.LogWarning(e, "{Method} {Path}: the database did not answer", http.Request.Method, http.Request.Path);
            return Problem.Busy();
        }
        log.LogError(e, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
        // The text of an unexpected exception stays in the log: it may hold secrets.
        return new Problem(500, "internal", "The souk failed. Quote the trace_id when you report this.");
    }

    private static Problem? OfDatabase(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.UniqueViolation => new Problem(409, "already_exists", "There is one like it already. Read it, or choose another name."),
        PostgresErrorCodes.ForeignKeyViolation => new Problem(409, "in_use", "Something else refers to it, or what it refers to is gone. Read it again."),
        // A character that no database text can hold, in a place that no check of ours looked at.
        PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter =>
            new Problem(400, "invalid_text", "The text holds a character that cannot be stored. Leave out NUL and lone surrogates."),
        PostgresErrorCodes.DiskFull => new Problem(507, "storage_full", "The souk cannot store more at the moment. Retry later."),
        PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.AdminShutdown
            or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or Connections.IdleInTransaction => Problem.Busy(),
        _ => null,
    };

    private static Problem OfStatus(HttpContext http) => http.Response.StatusCode switch
    {
        400 => new Problem(400, "bad_request", "The request cannot be read. Compare it with the document at /openapi.json."),
        401 => new Problem(401, "unauthorized", "Sign in, and send the access token as Authorization: Bearer."),
        403 => new Problem(403, "forbidden", "You are signed in, but this is not yours to do."),
        404 => new Problem(RuleException.NotFound()),
        405 => new Problem(405, "method_not_allowed", $"Use one of: {http.Response.Headers.Allow}."),
        406 => NotAcceptable(),
        413 => TooLarge(),
        414 => UriTooLong(),
        415 => Unsupported(),
        429 => new Problem(429, "too_many_requests", "Slow down: wait as long as Retry-After says."),
        431 => HeadersTooLarge(),
        503 => Problem.Busy(),
        var status and >= 500 => new Problem(status, "internal", "The souk failed. Quote the trace_id when you report this."),
        var status => new Problem(status, "refused", "The request was refused."),
    };

    public static Problem NotAcceptable() => new(406, "not_acceptable", "Answers are application/json. Accept that, or leave out Accept.");

    public static Problem TooLarge() => new(413, "body_too_large", "The body is larger than this route takes (1 MB unless it says otherwise). Send less.");

    public static Problem UriTooLong() => new(414, "uri_too_long", "Path and query are longer than 8 kB. Send less.");

    public static Problem HeadersTooLarge() =>
        new(431, "headers_too_large", "There are more than 100 headers, or they are larger than 32 kB. Send less.");

    public static Problem Unsupported() => new(415, "unsupported_media", "Send the body as Content-Type: application/json, not compressed.");
}

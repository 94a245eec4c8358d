using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Platform.Http;

/// <summary>Turns every exception and every error without a body into problem+json, in this one place.</summary>
internal static class Problems
{
    public static async Task Catch(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null or 0 })
                await OfStatus(http).ExecuteAsync(http);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            if (e is OperationCanceledException && http.RequestAborted.IsCancellationRequested)
                return; // The client has gone; nobody reads the answer.
            var problem = OfException(http, e);
            http.Response.Clear();
            await problem.ExecuteAsync(http);
        }
    }

    private static Problem OfException(HttpContext http, Exception e)
    {
        if (Failures.Find<RuleException>(e) is { } rule)
            return new Problem(rule);
        if (e is BadHttpRequestException bad)
            return OfBadRequest(bad);
        if (Failures.Find<ChangedMeanwhileException>(e) is not null || Failures.Find<DbUpdateConcurrencyException>(e) is not null)
            return new Problem(409, "changed_meanwhile", "Someone else changed it meanwhile. Read it again, then retry.");
        if (Failures.Postgres(e) is { SqlState: PostgresErrorCodes.UniqueViolation })
            return new Problem(409, "already_exists", "There is one already. Choose another name or number.");
        if (Failures.Find<NpgsqlException>(e) is { IsTransient: true })
            return new Problem(503, "busy", "The souk is busy. Retry in a second.");

        http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Souk.Http")
            .LogError(e, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
        // The text of an unexpected exception stays in the log: it may hold secrets.
        return new Problem(500, "internal", "The souk failed. Quote the trace_id when you report this.");
    }

    private static Problem OfBadRequest(BadHttpRequestException e) =>
        e.InnerException is JsonException json
            ? new Problem(400, "malformed_json", $"The body cannot be read: line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}.")
            : new Problem(e.StatusCode, "bad_request", "The request cannot be read.");

    private static Problem OfStatus(HttpContext http) => http.Response.StatusCode switch
    {
        404 => new Problem(RuleException.NotFound()),
        var status => new Problem(status, "bad_request", "The request cannot be answered."),
    };
}

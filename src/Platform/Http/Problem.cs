using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Souk.Platform.Http;

/// <summary>
/// An error as the API shows it (RFC 9457 with <c>code</c>, <c>trace_id</c>, <c>retryable</c>, <c>errors</c>). Features throw
/// <see cref="RuleException" />, or return a problem when what they changed is to be committed all the same.
/// </summary>
public sealed class Problem : IResult, IStatusCodeHttpResult
{
    /// <summary>The media type of every error.</summary>
    public const string ContentType = "application/problem+json; charset=utf-8";

    private const int ErrorsMax = 50;
    private static readonly JsonWriterOptions Options = new() { Encoder = Json.Api.Encoder, SkipValidation = true };

    /// <summary>A refusal as a value: the transaction is committed.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">Stable, snake_case; clients match on it.</param>
    /// <param name="detail">A sentence that says what to do.</param>
    /// <param name="errors">The fields it concerns.</param>
    public Problem(int status, string code, string detail, params IReadOnlyList<FieldError> errors) =>
        (Status, Code, Detail, Errors) = (status, code, detail, errors);

    /// <summary>The problem of an exception that a rule threw.</summary>
    public Problem(RuleException rule) : this(rule.Status, rule.Code, rule.Message, rule.Errors) => More = rule.More;

    /// <summary>More is asked than is done in time: 503 <c>busy</c>.</summary>
    public static Problem Busy() => new(503, "busy", "The souk is busy. Retry in a second, with the same Idempotency-Key.");

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The stable code.</summary>
    public string Code { get; }

    /// <summary>What to do.</summary>
    public string Detail { get; }

    /// <summary>The fields it concerns.</summary>
    public IReadOnlyList<FieldError> Errors { get; }

    /// <summary>More members, for example the moves that are allowed.</summary>
    public Dictionary<string, object?> More { get; init; } = [];

    int? IStatusCodeHttpResult.StatusCode => Status;

    /// <summary>
    /// The body of a problem that is not the answer of the request at hand, such as the refusal of an order that a waiting
    /// checkout answers.
    /// </summary>
    /// <param name="instance">The path it is about; null when there is none.</param>
    public string Body(string? instance = null)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        Write(bytes, instance, Activity.Current?.TraceId.ToHexString() ?? ActivityTraceId.CreateRandom().ToHexString());
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (Status is 429 or 503 or 504 or 507 && response.Headers.RetryAfter.Count == 0)
            response.Headers.RetryAfter = More.TryGetValue("retry_after", out var wait) && wait is int seconds
                ? seconds.ToString(CultureInfo.InvariantCulture)
                : "1";
        if (Status == 401 && response.Headers.WWWAuthenticate.Count == 0)
            response.Headers.WWWAuthenticate = "Bearer";
        // The answer to HEAD has the headers of GET and no body.
        if (!HttpMethods.IsHead(httpContext.Request.Method))
            Write(response.BodyWriter, httpContext.Request.Path, TraceId(httpContext));
        await response.BodyWriter.FlushAsync(httpContext.RequestAborted.IsCancellationRequested ? default : httpContext.RequestAborted);
    }

    internal static string TraceId(HttpContext http) => Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;

    private void Write(IBufferWriter<byte> target, string? instance, string traceId)
    {
        using var json = new Utf8JsonWriter(target, Options);
        json.WriteStartObject();
        json.WriteString("type", "urn:souk:problem:" + Code);
        json.WriteString("title", ReasonPhrases.GetReasonPhrase(Status) is { Length: > 0 } title ? title : "Error");
        json.WriteNumber("status", Status);
        json.WriteString("detail", Detail);
        if (instance is not null)
            json.WriteString("instance", instance.Length > 200 ? instance[..200] : instance);
        json.WriteString("code", Code);
        json.WriteString("trace_id", traceId);
        json.WriteBoolean("retryable", Status is 429 or 503 or 504 || Code is "changed_meanwhile" or "still_running");
        json.WriteStartArray("errors");
        foreach (var error in Errors.Take(ErrorsMax))
        {
            json.WriteStartObject();
            json.WriteString("pointer", error.Pointer);
            json.WriteString("code", error.Code);
            json.WriteString("detail", error.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        foreach (var (name, value) in More)
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, value, Json.Api);
        }
        json.WriteEndObject();
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Souk.Platform.Http;

/// <summary>
/// Says what is wrong with a request that could not be read. The framework tells it in words only; the process speaks no
/// language but the invariant one, so the words are stable within a version, and a test posts every case.
/// </summary>
internal static partial class BadRequests
{
    private const int EchoMax = 64;

    public static Problem Explain(HttpContext http, BadHttpRequestException e)
    {
        if (Failures.Find<JsonException>(e) is { } json)
            return OfJson(json);
        if (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
            return Problems.TooLarge();
        if (e.StatusCode == StatusCodes.Status415UnsupportedMediaType)
            return Problems.Unsupported();
        if (Missing().Match(e.Message) is { Success: true } missing)
            return OfMissing(http, missing.Groups["name"].Value, missing.Groups["source"].Value);
        if (Unbound().Match(e.Message) is { Success: true } unbound)
            return OfUnbound(http, unbound.Groups["name"].Value);
        if (e.Message.Contains("no body was provided", StringComparison.Ordinal))
            return NoBody();
        return new Problem(e.StatusCode is >= 400 and < 500 ? e.StatusCode : 400, "bad_request", "The request cannot be read. Compare it with the document at /openapi.json.");
    }

    private static Problem OfMissing(HttpContext http, string name, string source)
    {
        if (source.Contains("body", StringComparison.Ordinal))
            return NoBody();
        var pointer = source.Contains("header", StringComparison.Ordinal) ? name : "?" + name;
        return One("required", pointer, $"Give a value for {Short(name)}.");
    }

    // An id in the path that is none names nothing; the same as one that names nothing of the caller's.
    private static Problem OfUnbound(HttpContext http, string name) =>
        http.GetRouteValue(name) is not null
            ? new Problem(RuleException.NotFound())
            : One("wrong_type", "?" + name, $"The value of {Short(name)} is of another type than the document says.");

    private static Problem NoBody() => One("body_required", "", "Send a JSON object as the body.");

    private static Problem OfJson(JsonException e)
    {
        var position = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1 ?? 1}, byte {e.BytePositionInLine + 1 ?? 1}");
        var pointer = Pointer(e.Path);
        var message = e.Message;
        if (Unmapped().Match(message) is { Success: true } unmapped)
            return One("unknown_field", Child(pointer, unmapped.Groups["name"].Value), $"There is no field {Short(unmapped.Groups["name"].Value)} here ({position}). Leave it out.");
        if (Duplicate().Match(message) is { Success: true } duplicate)
            return One("duplicate_key", Child(pointer, duplicate.Groups["name"].Value), $"The field {Short(duplicate.Groups["name"].Value)} stands twice ({position}). Send it once.");
        if (Required().Match(message) is { Success: true } required)
            return OfRequired(pointer, required.Groups["names"].Value);
        if (message.Contains("allow null values", StringComparison.Ordinal) || message.Contains("allow setting null values", StringComparison.Ordinal)
            || message.Contains("allow getting null values", StringComparison.Ordinal))
            return One("required", NullPointer(pointer, message), $"It may not be null ({position}).");
        if (message.Contains("maximum configured depth", StringComparison.Ordinal))
            return One("too_deep", "", $"The body is nested deeper than 64 levels ({position}).");
        if (message.StartsWith("invalid_date", StringComparison.Ordinal))
            return One("invalid_date", pointer, $"Send an RFC 3339 time with its zone, such as 2026-01-31T12:00:00Z ({position}).");
        if (IsOfText(e))
            return One("invalid_text", pointer, $"The text is no valid Unicode ({position}).");
        if (message.Contains("could not be converted", StringComparison.Ordinal))
            return One("wrong_type", pointer, $"The value is of another type than the document says ({position}).");
        return One("malformed_json", "", $"The body is no JSON: {position}.");
    }

    // Half a surrogate pair, or bytes that are no UTF-8.
    private static bool IsOfText(JsonException e) =>
        e.InnerException is DecoderFallbackException || (e.InnerException?.Message ?? e.Message) is var message
        && (message.Contains("UTF-8", StringComparison.Ordinal) || message.Contains("UTF-16", StringComparison.Ordinal));

    private static Problem OfRequired(string pointer, string names)
    {
        var errors = Quoted().Matches(names).Select(name => new FieldError(Child(pointer, name.Groups["name"].Value), "required", "Give a value.")).ToArray();
        return new Problem(400, "required", $"{errors.Length} field{(errors.Length == 1 ? " is" : "s are")} missing.", errors);
    }

    private static string NullPointer(string pointer, string message)
    {
        // The path of the exception names the object, or the member itself, by where the null was found.
        var name = Quoted().Match(message) is { Success: true } quoted ? JsonNamingPolicy.SnakeCaseLower.ConvertName(quoted.Groups["name"].Value) : "";
        return name.Length == 0 || pointer.EndsWith("/" + name, StringComparison.Ordinal) ? pointer : Child(pointer, name);
    }

    private static Problem One(string code, string pointer, string detail) => new(400, code, detail, new FieldError(pointer, code, detail));

    private static string Child(string pointer, string name) =>
        pointer.EndsWith("/" + name, StringComparison.Ordinal) ? pointer : pointer + "/" + Short(name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary><c>$.lines[0].quantity</c> as a JSON pointer: <c>/lines/0/quantity</c>.</summary>
    internal static string Pointer(string? path)
    {
        if (path is null)
            return "";
        var pointer = PathPart().Matches(path.TrimStart('$')).Select(part => "/" + Short(part.Groups["name"].Value + part.Groups["index"].Value + part.Groups["quoted"].Value));
        return string.Concat(pointer);
    }

    private static string Short(string text) => text.Length <= EchoMax ? text : string.Concat(text.AsSpan(0, EchoMax - 1), "…");

    [GeneratedRegex("""^Required parameter "[^"]*?(?<name>[\w-]+)" was not provided from (?<source>.+?)\.?$""")]
    private static partial Regex Missing();

    [GeneratedRegex("""^Failed to bind parameter "[^"]*?(?<name>[\w-]+)" from """)]
    private static partial Regex Unbound();

    [GeneratedRegex("""^The JSON property '(?<name>.*)' could not be mapped to any \.NET member""", RegexOptions.Singleline)]
    private static partial Regex Unmapped();

    [GeneratedRegex("""^Duplicate property '(?<name>.*)' encountered""", RegexOptions.Singleline)]
    private static partial Regex Duplicate();

    [GeneratedRegex("""was missing required properties including: (?<names>.*)""", RegexOptions.Singleline)]
    private static partial Regex Required();

    [GeneratedRegex("""'(?<name>[^']+)'""")]
    private static partial Regex Quoted();

    [GeneratedRegex("""\.(?<name>[^.\[]+)|\[(?<index>\d+)\]|\['(?<quoted>.*?)'\]""")]
    private static partial Regex PathPart();
}

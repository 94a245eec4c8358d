using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>What a request was answered, and when.</summary>
/// <param name="Kind">What it asked for.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">Of a problem, or <c>nothing</c> where something should be; else empty.</param>
/// <param name="SaysWhen">Whether it has a <c>Retry-After</c>.</param>
/// <param name="Took">From before it was sent until it was read.</param>
internal sealed record TimedAnswer(string Kind, HttpStatusCode Status, string Code, bool SaysWhen, TimeSpan Took)
{
    /// <summary>Whether it was done.</summary>
    public bool IsDone => (int)Status is >= 200 and < 300 && Code == "";

    /// <summary>Whether it was refused for now, and says when to come again.</summary>
    public bool IsRefusal =>
        Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable && Code != "" && SaysWhen;

    /// <summary>Sends a request and takes the time.</summary>
    public static async Task<TimedAnswer> Of(string kind, Func<Task<HttpResponseMessage>> send)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await send();
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var took = Stopwatch.GetElapsedTime(started);
        var isProblem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json";
        var code = isProblem ? JsonElement.Parse(text).Text("code")!
            : answer.StatusCode == HttpStatusCode.OK && text == "" ? "nothing"
            : "";
        return new TimedAnswer(kind, answer.StatusCode, code, answer.Headers.RetryAfter is not null, took);
    }

    /// <summary>Buys one piece and takes the time.</summary>
    public static Task<TimedAnswer> OfOrder(HttpClient buyer, string key, Guid offer) => Of("POST /orders", () =>
        buyer.Order(key, [(offer, 1)], TestContext.Current.CancellationToken, ("card", "tok_success")));

    /// <summary>Signs in and takes the time.</summary>
    public static Task<TimedAnswer> OfLogin(HttpClient http, string email) => Of("POST /auth/login", () => http.PostAsJsonAsync(
        "/auth/login", new { email, password = Street.Password }, TestContext.Current.CancellationToken));

    /// <summary>A line: how many of each status, and how long they took.</summary>
    public static string Summary(IEnumerable<TimedAnswer> answers)
    {
        var took = answers.Select(answer => answer.Took.TotalMilliseconds).Order().ToArray();
        var counts = answers.CountBy(answer => $"{(int)answer.Status} {answer.Code}".Trim()).OrderBy(status => status.Key);
        return $"{string.Join(", ", counts.Select(status => $"{status.Key}: {status.Value}"))}; "
            + $"p50 {took[took.Length / 2]:0} ms, p99 {took[took.Length * 99 / 100]:0} ms, the longest {took[^1]:0} ms";
    }
}

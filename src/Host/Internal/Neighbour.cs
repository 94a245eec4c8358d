using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Host.Internal;

/// <summary>
/// A service that another process hosts, asked over HTTP at its internal listener. Only reads, so what fails in passing is
/// asked again, within a time that leaves the request its own; what fails then is a 503, never an answer made up here.
/// </summary>
internal sealed class Neighbour(
    string service, Uri? address, string roles, byte[] key, IHttpContextAccessor requests, TimeProvider clock,
    ILogger<Neighbour> logger)
    : IDisposable
{
    private const int TriesMax = 3;
    private const int AnswerMax = 4 << 20;
    private static readonly TimeSpan TryMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AllTriesMax = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Names are looked up again every minute: replicas come and go.
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TryMax,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan, // Each try has its own limit.
        MaxResponseContentBufferSize = AnswerMax,
    };

    private bool away;

    /// <exception cref="RuleException">503 <c>neighbour_unreachable</c>: it cannot be asked now.</exception>
    /// <exception cref="ArgumentException">It refuses the question itself.</exception>
    public async Task<TAnswer> Ask<TQuestion, TAnswer>(string read, TQuestion question, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AllTriesMax);
        for (var tries = 1; ; tries++)
        {
            try
            {
                var answer = await Try<TQuestion, TAnswer>(read, question, limit.Token);
                if (away)
                    logger.LogInformation("{Service} answers again", service);
                away = false;
                return answer;
            }
            catch (Exception e)
                when (!ct.IsCancellationRequested
                    && e is HttpRequestException or OperationCanceledException or JsonException)
            {
                if (address is null || tries == TriesMax || limit.IsCancellationRequested || e is JsonException)
                    throw Unreachable(read, e);
            }
            // Not all who wait at the same moment again.
            await Task.Delay(Pause * (tries + Random.Shared.NextDouble()), ct);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<TAnswer> Try<TQuestion, TAnswer>(string read, TQuestion question, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TryMax);
        if (address is null)
            throw new HttpRequestException($"Neighbours__{Marketplace.SettingOf(service)} is not set.");
        // The question is in the body, not in the address: some are secrets, and addresses end up in logs.
        using var request = new HttpRequestMessage(HttpMethod.Post, InternalListener.PathOf(service, read))
        {
            Content = JsonContent.Create(question, options: Json.Events),
        };
        var caller = requests.HttpContext?.Features.Get<Caller>()?.Principal;
        var expires = clock.GetUtcNow() + NeighbourToken.Life;
        var token = new NeighbourToken(service, roles, caller, expires.ToUnixTimeSeconds());
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Sign(key));
        using var answer = await http.SendAsync(request, limit.Token);
        if (answer.StatusCode == HttpStatusCode.BadRequest)
            throw new ArgumentException($"{service} refuses the question '{read}'.");
        answer.EnsureSuccessStatusCode();
        // Unknown members are left out, as in events: in a rolling release the other side may be newer.
        return (await answer.Content.ReadFromJsonAsync<TAnswer>(Json.Events, limit.Token))!;
    }

    private RuleException Unreachable(string read, Exception e)
    {
        // Once for an outage: some are asked every second.
        if (!away)
            logger.LogWarning(e, "{Service} cannot be asked for {Read}", service, read);
        away = true;
        return new RuleException(
            503, "neighbour_unreachable",
            "A part of the souk that is needed for this cannot be reached right now. Retry in a moment.");
    }
}

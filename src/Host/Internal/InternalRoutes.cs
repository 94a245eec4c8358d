using System.Text.Json;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Host.Internal;

/// <summary>The reads of one service at the internal listener: who asks must show a token for it.</summary>
/// <typeparam name="TApi">The reads as Contracts have them.</typeparam>
internal sealed class InternalRoutes<TApi>(IEndpointRouteBuilder routes, string service, IServiceProvider services)
    where TApi : class
{
    private const string Bearer = "Bearer ";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    private static readonly Problem NotOurs = new(
        401, "invalid_token", "Who asks here shows a token of this deployment, for this service, of this minute.");

    private readonly byte[] key = NeighbourToken.Key(services.GetRequiredService<Secrets>());
    private readonly TimeProvider clock = services.GetRequiredService<TimeProvider>();
    private readonly ILogger logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Souk.Neighbours");

    public void Answer<TQuestion, TAnswer>(string name, Func<TApi, TQuestion, CancellationToken, Task<TAnswer>> read) =>
        routes.MapPost(InternalListener.PathOf(service, name), async http =>
        {
            if (Asker(http) is null)
            {
                await NotOurs.ExecuteAsync(http);
                return;
            }
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            limit.CancelAfter(Deadline);
            try
            {
                var question = await http.Request.ReadFromJsonAsync<TQuestion>(Json.Events, limit.Token);
                await using var scope = services.CreateAsyncScope();
                var answer = await read(scope.ServiceProvider.GetRequiredService<TApi>(), question!, limit.Token);
                await http.Response.WriteAsJsonAsync(answer, Json.Events, limit.Token);
            }
            catch (Exception e) when (e is JsonException or ArgumentException or BadHttpRequestException)
            {
                await new Problem(400, "bad_request", "The question cannot be read.").ExecuteAsync(http);
            }
            catch (Exception e) when (!http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted)
            {
                logger.LogWarning(e, "{Service} could not answer {Read}", service, name);
                await new Problem(503, "busy", "The souk is busy. Retry in a second.").ExecuteAsync(http);
            }
        });

    private NeighbourToken? Asker(HttpContext http) =>
        http.Request.Headers.Authorization is [{ } text] && text.StartsWith(Bearer, StringComparison.Ordinal)
            ? NeighbourToken.Read(text[Bearer.Length..], key, service, clock.GetUtcNow())
            : null;
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Features;
using Souk.Host;

namespace Souk.IntegrationTests.Gateway;

/// <summary>
/// Servers in place of the services, two for each: they answer who they are and what they got. A request with the header
/// <c>X-Fake: break</c> is broken off when it has arrived, with <c>silent</c> it gets no answer.
/// </summary>
public sealed class FakeServices : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> arrivals = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> services = [];
    private readonly WebApplication app;

    private FakeServices()
    {
        foreach (var module in Program.Modules)
            for (var replica = 0; replica < 2;)
                if (services.TryAdd(SoukServer.FreePort(), module.Name))
                    replica++;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            foreach (var port in services.Keys)
                kestrel.ListenLocalhost(port);
        });
        app = builder.Build();
        app.Run(Answer);
    }

    public static async Task<FakeServices> Start()
    {
        var fakes = new FakeServices();
        await fakes.app.StartAsync();
        return fakes;
    }

    /// <summary>Host and port of each replica of a service.</summary>
    public string[] Servers(string service) =>
        [.. services.Where(fake => fake.Value == service).Select(fake => $"127.0.0.1:{fake.Key}")];

    /// <summary>How often a request arrived at a service, by its <c>X-Request-Id</c>.</summary>
    public int Arrivals(string requestId) => arrivals.GetValueOrDefault(requestId);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Answer(HttpContext http)
    {
        var body = 0L;
        for (var buffer = new byte[64 * 1024]; await http.Request.Body.ReadAsync(buffer) is > 0 and var read;)
            body += read;
        arrivals.AddOrUpdate(http.Request.Headers["X-Request-Id"].ToString(), 1, (_, n) => n + 1);
        switch (http.Request.Headers["X-Fake"].ToString())
        {
            case "break":
                http.Abort();
                return;
            case "silent":
                await Task.Delay(Timeout.Infinite, http.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            default:
                http.Response.Headers.ETag = "\"7\"";
                await http.Response.WriteAsJsonAsync(new Arrived(
                    services[http.Connection.LocalPort], http.Request.Method,
                    http.Features.Get<IHttpRequestFeature>()!.RawTarget, body,
                    http.Request.Headers.ToDictionary(
                        header => header.Key.ToLower(CultureInfo.InvariantCulture), header => header.Value.ToString()),
                    new string(' ', 2000)));
                return;
        }
    }
}

/// <summary>What a service got.</summary>
/// <param name="Service">Which one.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query as they came.</param>
/// <param name="Body">Its length.</param>
/// <param name="Headers">By lower-case name.</param>
/// <param name="Padding">Makes the answer long enough to be worth compressing.</param>
public sealed record Arrived(
    string Service, string Method, string Target, long Body, Dictionary<string, string> Headers, string Padding);

/// <summary>A gateway before fake services.</summary>
public sealed class FakeMarketplace : IAsyncLifetime
{
    // Bound, and nobody listens: a connection is refused, and no other may take the port meanwhile.
    private readonly Socket gone = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private FakeServices? fakes;
    private Nginx? nginx;

    /// <summary>The services.</summary>
    public FakeServices Services => fakes!;

    /// <summary>The gateway.</summary>
    public Nginx Nginx => nginx!;

    /// <summary>A port where nobody listens: a replica of Carts that is gone.</summary>
    public int Gone => ((IPEndPoint)gone.LocalEndPoint!).Port;

    public async ValueTask InitializeAsync()
    {
        gone.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        fakes = await FakeServices.Start();
        nginx = await Nginx.Start(service =>
            service == "carts" ? [$"127.0.0.1:{Gone}", fakes.Servers(service)[0]] : fakes.Servers(service));
    }

    public async ValueTask DisposeAsync()
    {
        if (nginx is not null)
            await nginx.DisposeAsync();
        if (fakes is not null)
            await fakes.DisposeAsync();
        gone.Dispose();
    }
}

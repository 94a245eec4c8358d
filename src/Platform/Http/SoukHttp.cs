using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using Souk.Platform.OpenApi;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Http;

/// <summary>How Souk speaks HTTP: problem+json, limits, headers, strict JSON.</summary>
public static class SoukHttp
{
    internal static void AddSoukHttp(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.AddValidatedOptions<HttpOptions>("Souk:Http");
        services.ConfigureHttpJsonOptions(options => Json.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<HttpOptions>>(Limit);
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<HttpOptions>>(Trust);
        services.AddSingleton<RateLimits>();
        services.AddSingleton<Deadline>();
        services.AddSingleton<Cursors>();
        services.AddSingleton<RequestHashKey>();
        services.AddSingleton<Writes>();
        services.AddSingleton<PendingAnswers>();
        services.AddHostedService(provider => provider.GetRequiredService<PendingAnswers>());
    }

    /// <summary>
    /// The pipeline in front of the routes. <paramref name="authenticate" /> runs when the route is known and before
    /// anything that asks who the caller is.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="authenticate">Adds the middleware that finds the caller and checks the route's policy.</param>
    public static void UseSoukHttp(this WebApplication app, Action<WebApplication>? authenticate = null)
    {
        var services = app.Services;
        if (services.GetRequiredService<IOptions<HttpOptions>>().Value.Proxies.Length > 0)
            app.UseForwardedHeaders();
        var readiness = services.GetService<Readiness>();
        app.Use((http, next) =>
        {
            // A gateway keeps connections. Those of a process that ends are given up between two requests.
            if (readiness is { Draining: true })
                http.Response.Headers.Connection = "close";
            return SecurityHeaders.Add(http, next);
        });
        app.Use(Problems.Catch);
        app.UseRouting();
        if (services.GetService<TracerProvider>() is not null)
            app.Use(RequestSpans.Name);
        app.Use(services.GetRequiredService<Deadline>().Limit);
        authenticate?.Invoke(app);
        app.Use(services.GetRequiredService<RateLimits>().Limit);
        app.Use(RequestChecks.Check);
        app.Use(RequestKey.Read);
        app.UseSoukDocs();
    }

    private static void Limit(KestrelServerOptions kestrel, IOptions<HttpOptions> options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.Value.BodyMax;
        kestrel.Limits.MaxConcurrentConnections = options.Value.ConnectionsMax;
        // Kestrel refuses without a body. So it takes twice what is allowed, and RequestChecks answers with a problem.
        kestrel.Limits.MaxRequestLineSize = 2 * RequestChecks.TargetMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = 2 * RequestChecks.HeadersMax;
        kestrel.Limits.MaxRequestHeaderCount = 2 * RequestChecks.HeaderCountMax;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    }

    private static void Trust(ForwardedHeadersOptions forwarded, IOptions<HttpOptions> options)
    {
        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in options.Value.Proxies)
            forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy.Contains('/', StringComparison.Ordinal) ? proxy : $"{proxy}/{(proxy.Contains(':', StringComparison.Ordinal) ? 128 : 32)}"));
    }
}

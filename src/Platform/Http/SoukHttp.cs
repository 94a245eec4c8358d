using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Souk.Platform.Http;

/// <summary>How Souk speaks HTTP.</summary>
public static class SoukHttp
{
    internal static void AddSoukHttp(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.ConfigureHttpJsonOptions(options => Json.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<Cursors>();
        services.AddSingleton<Writes>();
        services.AddSingleton<PendingAnswers>();
        services.AddHostedService(provider => provider.GetRequiredService<PendingAnswers>());
    }

    /// <summary>
    /// The pipeline up to the routes: problems, headers, routing, then <paramref name="authenticate" />, then what needs the
    /// route and the caller.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="authenticate">Adds the middleware that finds the caller and checks the route's policy.</param>
    public static void UseSoukHttp(this WebApplication app, Action<WebApplication>? authenticate = null)
    {
        app.Use(Problems.Catch);
        app.UseRouting();
        authenticate?.Invoke(app);
        app.Use(RequestKey.Read);
    }
}

using Souk.Contracts.Carts;
using Souk.Contracts.Catalog;
using Souk.Contracts.Identity;
using Souk.Platform;
using Souk.Platform.Security;

namespace Souk.Host.Internal;

/// <summary>
/// The reads that cross services while a caller waits. A service of this process is asked directly, one of another over HTTP;
/// who asks cannot tell.
/// </summary>
internal static class Neighbours
{
    private static readonly Read[] All =
    [
        // Whose tokens are good, every process must know.
        Read.Of<IIdentityApi>(
            "identity", identity => new IdentityOverHttp(identity), IdentityOverHttp.Answer, askedByAll: true),
        Read.Of<ICatalogApi>("catalog", catalog => new CatalogOverHttp(catalog), CatalogOverHttp.Answer),
        Read.Of<ICartsApi>("carts", carts => new CartsOverHttp(carts), CartsOverHttp.Answer),
    ];

    /// <summary>The services that these modules ask and that are not among them, with those who ask.</summary>
    public static IEnumerable<(string Service, string[] AskedBy)> MissingFrom(IReadOnlyList<IModule> hosted) =>
        from read in All
        where !read.IsIn(hosted)
        let askers = hosted.Where(read.IsAskedBy).Select(module => module.Name).ToArray()
        where askers.Length > 0
        select (read.Service, askers);

    /// <summary>The services among these modules that others, in other processes, ask.</summary>
    public static IReadOnlyList<string> AskedFromOutside(IReadOnlyList<IModule> hosted) =>
    [
        .. from read in All
           where read.IsIn(hosted) && Program.Modules.Except(hosted).Any(read.IsAskedBy)
           select read.Service,
    ];

    /// <summary>Registers the reads of services that are hosted elsewhere, and the listener for those that are hosted here.</summary>
    public static void AddNeighbours(this WebApplicationBuilder builder, IReadOnlyList<IModule> hosted)
    {
        var configuration = builder.Configuration;
        var roles = string.Join(',', hosted.Select(module => module.Name));
        foreach (var read in All.Where(read => !read.IsIn(hosted)))
        {
            Uri.TryCreate(configuration[$"Neighbours:{read.Service}"], UriKind.Absolute, out var address);
            // Without an address only what a module cannot be made without; that then fails when it is asked.
            if (address is null && !hosted.Any(module => module.Asks.Contains(read.Api)))
                continue;
            builder.Services.AddHttpContextAccessor();
            builder.Services.AddKeyedSingleton(read.Service, (provider, _) => new Neighbour(
                read.Service, address, roles, NeighbourToken.Key(provider.GetRequiredService<Secrets>()),
                provider.GetRequiredService<IHttpContextAccessor>(), provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<Neighbour>>()));
            builder.Services.AddSingleton(
                read.Api, provider => read.OverHttp(provider.GetRequiredKeyedService<Neighbour>(read.Service)));
        }
        if (configuration["Internal:Urls"] is { Length: > 0 } urls)
            builder.Services.AddSingleton<IHostedService>(provider => new InternalListener(provider, urls, hosted));
    }

    /// <summary>Maps the reads of these modules at the internal listener.</summary>
    public static void Answer(IEndpointRouteBuilder routes, IReadOnlyList<IModule> hosted, IServiceProvider services)
    {
        foreach (var read in All.Where(read => read.IsIn(hosted)))
            read.Answer(routes, services);
    }

    /// <summary>One service's reads.</summary>
    private sealed record Read(
        string Service, Type Api, bool AskedByAll, Func<Neighbour, object> OverHttp,
        Action<IEndpointRouteBuilder, IServiceProvider> Answer)
    {
        public bool IsIn(IReadOnlyList<IModule> modules) => modules.Any(module => module.Name == Service);

        public bool IsAskedBy(IModule module) => AskedByAll || module.Asks.Contains(Api);

        public static Read Of<TApi>(
            string service, Func<Neighbour, TApi> overHttp, Action<InternalRoutes<TApi>> answer,
            bool askedByAll = false)
            where TApi : class =>
            new(service, typeof(TApi), askedByAll, overHttp,
                (routes, services) => answer(new InternalRoutes<TApi>(routes, service, services)));
    }
}

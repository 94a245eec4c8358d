using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Souk.Platform;

/// <summary>One service of the marketplace. Its module file is its table of contents: options, database, subscriptions, jobs, routes.</summary>
public interface IModule
{
    /// <summary>The service's name: its role (<c>--roles</c>), its schema and its topic.</summary>
    string Name { get; }

    /// <summary>The reads (<c>I…Api</c>) it asks other services for: the host finds each, in this process or in another.</summary>
    IReadOnlyList<Type> Asks => [];

    /// <summary>Registers what the service needs. Called once, before the application is built.</summary>
    void AddServices(IHostApplicationBuilder builder);

    /// <summary>Maps the service's routes. The group it gets commits what a route changed before it answers.</summary>
    void MapEndpoints(IEndpointRouteBuilder routes);
}

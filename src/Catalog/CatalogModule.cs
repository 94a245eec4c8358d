using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Platform;

namespace Souk.Catalog;

/// <summary>Products, variants, offers, categories and tags, and the public reads of them.</summary>
public sealed class CatalogModule : IModule
{
    /// <inheritdoc />
    public string Name => "catalog";

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddService<CatalogDb>(Name);
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
    }
}

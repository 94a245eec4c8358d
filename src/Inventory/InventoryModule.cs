using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Platform;

namespace Souk.Inventory;

/// <summary>Warehouses, stock, reservations and movements.</summary>
public sealed class InventoryModule : IModule
{
    /// <inheritdoc />
    public string Name => "inventory";

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddService<InventoryDb>(Name);
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
    }
}

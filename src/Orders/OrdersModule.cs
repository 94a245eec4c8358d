using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Platform;

namespace Souk.Orders;

/// <summary>Takes orders and leads each one from placed to delivered.</summary>
public sealed class OrdersModule : IModule
{
    /// <inheritdoc />
    public string Name => "orders";

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddService<OrdersDb>(Name);
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
    }
}

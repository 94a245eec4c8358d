using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Platform;

namespace Souk.Carts;

/// <summary>Carts of guests and customers, prices, and the start of the checkout.</summary>
public sealed class CartsModule : IModule
{
    /// <inheritdoc />
    public string Name => "carts";

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddService<CartsDb>(Name);
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
    }
}

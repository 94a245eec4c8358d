using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Platform;

namespace Souk.Notifications;

/// <summary>E-mail: templates, the send log, and what goes out.</summary>
public sealed class NotificationsModule : IModule
{
    /// <inheritdoc />
    public string Name => "notifications";

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddService<NotificationsDb>(Name);
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
    }
}

using Souk.Carts;
using Souk.Catalog;
using Souk.Host.Commands;
using Souk.Identity;
using Souk.Inventory;
using Souk.Notifications;
using Souk.Orders;
using Souk.Payments;
using Souk.Platform;

namespace Souk.Host;

/// <summary>The executable <c>souk</c>. The list of modules is the map of the marketplace: nothing is scanned for.</summary>
internal static class Program
{
    /// <summary>Every service there is. Their order is the order in which they migrate.</summary>
    public static IReadOnlyList<IModule> Modules { get; } =
    [
        new IdentityModule(),
        new CatalogModule(),
        new InventoryModule(),
        new CartsModule(),
        new OrdersModule(),
        new PaymentsModule(),
        new NotificationsModule(),
    ];

    private static Task<int> Main(string[] args) => CommandLine.Invoke(args);
}

using Microsoft.EntityFrameworkCore;
using Souk.Platform.Db;

namespace Souk.Inventory;

internal sealed class InventoryDb(DbContextOptions<InventoryDb> options, Service<InventoryDb> service) : ServiceDb(options, service);

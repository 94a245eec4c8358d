using Microsoft.EntityFrameworkCore;
using Souk.Inventory.Domain;
using Souk.Platform.Db;

namespace Souk.Inventory;

/// <summary>
/// Warehouses as entities; stock, reservations and movements by hand-written SQL, because their rows are fought over
/// (see <see cref="LockedStock" />).
/// </summary>
internal sealed class InventoryDb(DbContextOptions<InventoryDb> options, Service<InventoryDb> service) : ServiceDb(options, service)
{
    public DbSet<Warehouse> Warehouses => Set<Warehouse>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Warehouse>(warehouse => warehouse.ToTable("warehouses"));
}

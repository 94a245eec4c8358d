using Microsoft.EntityFrameworkCore;
using Souk.Inventory.Domain;
using Souk.Platform.Db;
using Souk.Platform.Security;

namespace Souk.Inventory;

/// <summary>
/// Warehouses as entities; stock, reservations and movements by hand-written SQL, because their rows are fought over
/// (see <see cref="LockedStock" />).
/// </summary>
internal sealed class InventoryDb(DbContextOptions<InventoryDb> options, Service<InventoryDb> service, Routing routing)
    : ServiceDb(options, service)
{
    /// <summary>Which warehouses sellers want their orders filled from.</summary>
    public Routing Routing { get; } = routing;

    public DbSet<RoutingRule> RoutingRules => Set<RoutingRule>();

    public DbSet<Warehouse> Warehouses => Set<Warehouse>();

    public DbSet<Company> Companies => Set<Company>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Warehouse>(warehouse => warehouse.ToTable("warehouses"));
        modelBuilder.Entity<RoutingRule>(rule => rule.ToTable("routing_rules"));
        modelBuilder.Entity<Company>(company => company.ToTable("companies"));
    }

    /// <summary>
    /// The warehouses a caller may see: those of their companies, and those of the operators who store for others, since any
    /// seller may use these. The marketplace's people see all.
    /// </summary>
    public IQueryable<Warehouse> VisibleTo(Caller caller)
    {
        var open = Warehouses.Where(warehouse => warehouse.ClosedAt == null);
        if (caller.Can(Permissions.StockRead))
            return open;
        var mine = caller.CompaniesWith(Permissions.StockRead);
        return open.Where(warehouse => mine.Contains(warehouse.CompanyId)
            || Companies.Any(company => company.Id == warehouse.CompanyId && company.Kind == Company.Operator && company.Status == Company.Approved));
    }
}

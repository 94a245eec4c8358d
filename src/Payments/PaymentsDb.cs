using Microsoft.EntityFrameworkCore;
using Souk.Payments.Domain;
using Souk.Platform.Db;

namespace Souk.Payments;

/// <summary>
/// The database of payments. Only commission rules are entities; the money of orders is opened by <see cref="OrderReads" /> and
/// closed by <see cref="OrderWrites" />.
/// </summary>
internal sealed class PaymentsDb(DbContextOptions<PaymentsDb> options, Service<PaymentsDb> service) : ServiceDb(options, service)
{
    public DbSet<CommissionRule> CommissionRules => Set<CommissionRule>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<CommissionRule>().HasKey(rule => rule.Id);
}

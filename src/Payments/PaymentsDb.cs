using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Souk.Payments.Domain;
using Souk.Platform.Db;

namespace Souk.Payments;

/// <summary>
/// The database of payments. Rules, payouts and what else changes seldom are entities; the money of orders is opened by
/// <see cref="OrderReads" /> and closed by <see cref="OrderWrites" />.
/// </summary>
internal sealed class PaymentsDb(DbContextOptions<PaymentsDb> options, Service<PaymentsDb> service) : ServiceDb(options, service)
{
    public DbSet<CommissionRule> CommissionRules => Set<CommissionRule>();

    public DbSet<FraudRule> FraudRules => Set<FraudRule>();

    public DbSet<PayoutAccount> PayoutAccounts => Set<PayoutAccount>();

    public DbSet<Payout> Payouts => Set<Payout>();

    public DbSet<PayoutFile> PayoutFiles => Set<PayoutFile>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<CommissionRule>().HasKey(rule => rule.Id);
        modelBuilder.Entity<PayoutAccount>().HasKey(account => account.CompanyId);
        modelBuilder.Entity<PayoutAccount>().Property(account => account.CompanyId).ValueGeneratedNever();
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<FraudRuleKind>().HaveConversion<WordOf<FraudRuleKind>>();
        configurationBuilder.Properties<FraudAction>().HaveConversion<WordOf<FraudAction>>();
        configurationBuilder.Properties<PayoutStatus>().HaveConversion<WordOf<PayoutStatus>>();
        configurationBuilder.Properties<PayoutSchedule>().HaveConversion<WordOf<PayoutSchedule>>();
    }

    private sealed class WordOf<T>() : ValueConverter<T, string>(value => Words.Of(value), word => Words.Read<T>(word))
        where T : struct, Enum;
}

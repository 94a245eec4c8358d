using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Db;

namespace Souk.Identity;

internal sealed class IdentityDb(DbContextOptions<IdentityDb> options, Service<IdentityDb> service) : ServiceDb(options, service)
{
    public DbSet<Account> Accounts => Set<Account>();
    public DbSet<Address> Addresses => Set<Address>();
    public DbSet<Company> Companies => Set<Company>();
    public DbSet<Shop> Shops => Set<Shop>();
    public DbSet<Member> Members => Set<Member>();
    public DbSet<LinkRequest> LinkRequests => Set<LinkRequest>();
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();
    public DbSet<Role> Roles => Set<Role>();

    // The references are told for the order in which new rows are written.
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Address>().HasOne<Account>().WithMany().HasForeignKey(address => address.AccountId);
        modelBuilder.Entity<Shop>().HasOne<Company>().WithMany().HasForeignKey(shop => shop.CompanyId);
        modelBuilder.Entity<Member>(member =>
        {
            member.HasKey(m => new { m.CompanyId, m.AccountId });
            member.HasOne<Company>().WithMany().HasForeignKey(m => m.CompanyId);
            member.HasOne<Account>().WithMany().HasForeignKey(m => m.AccountId);
            member.HasOne<Shop>().WithMany().HasForeignKey(m => m.ShopId);
        });
        modelBuilder.Entity<LinkRequest>(request =>
        {
            request.HasOne<Account>().WithMany().HasForeignKey(r => r.AccountId);
            request.HasOne<Company>().WithMany().HasForeignKey(r => r.CompanyId);
            request.HasOne<Shop>().WithMany().HasForeignKey(r => r.ShopId);
        });
        modelBuilder.Entity<Role>().HasOne<Company>().WithMany().HasForeignKey(role => role.CompanyId);
        modelBuilder.Entity<ApiKey>().HasOne<Company>().WithMany().HasForeignKey(key => key.CompanyId);
        modelBuilder.Entity<ApiKey>().HasOne<Account>().WithMany().HasForeignKey(key => key.AccountId);
    }
}

using Microsoft.EntityFrameworkCore;
using Souk.Contracts.Identity;

namespace Souk.Identity;

/// <summary>The present states of what Identity owns, for those who lost them.</summary>
internal static class States
{
    public static async Task<List<CompanyChanged>> OfCompanies(IdentityDb db, Guid[] ids, CancellationToken ct)
    {
        var companies = await db.Companies.AsNoTracking().Where(company => ids.Contains(company.Id)).ToListAsync(ct);
        return companies.ConvertAll(company => company.Changed());
    }

    public static async Task<List<ShopChanged>> OfShops(IdentityDb db, Guid[] ids, CancellationToken ct)
    {
        var shops = await db.Shops.AsNoTracking().Where(shop => ids.Contains(shop.Id)).ToListAsync(ct);
        return shops.ConvertAll(shop => shop.Changed());
    }
}

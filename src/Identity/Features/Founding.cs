using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Souk.Identity.Domain;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.Identity.Features;

/// <summary>Founds companies and opens shops; the founder becomes the owner.</summary>
internal sealed class Founding(IdentityDb db, IOptions<IdentityOptions> options, TimeProvider clock)
{
    /// <summary>A company with its owner, and its first shop when it has a name.</summary>
    public async Task<(Company Company, Shop? Shop)> Found(
        Guid ownerId, string kind, string name, string? shopName, string country, string? taxId, string? phone, CancellationToken ct)
    {
        var now = clock.Now();
        var company = new Company { Kind = kind, Name = name, Country = country, TaxId = taxId, Phone = phone, CreatedAt = now };
        if (options.Value.ApproveCompanies)
            company.MoveTo(CompanyStatus.Approved);
        // The slug is looked up before anything is added: a read sends what was added so far.
        var shop = shopName is null || kind != Company.Seller ? null : await Shop(company.Id, shopName, ct);
        db.Companies.Add(company);
        db.Members.Add(new Member { CompanyId = company.Id, AccountId = ownerId, Role = Roles.Owner, JoinedAt = now });
        db.Publish(() => company.Changed());
        if (shop is not null)
            Open(shop);
        return (company, shop);
    }

    /// <summary>A shop with a slug that no other has.</summary>
    public async Task<Shop> Shop(Guid companyId, string name, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        await CheckName(name, companyId, ct);
        var slug = Slugs.Of(name);
        // What is left of a name in another script is its id.
        if (slug.Length < 2 || await db.Shops.AsNoTracking().AnyAsync(shop => shop.Slug == slug, ct))
            slug = $"{(slug.Length == 0 ? "shop" : slug)}-{id.ToString("N")[^8..]}";
        return new Shop
        {
            Id = id, CompanyId = companyId, Name = name, NameKey = Names.Key(name), Slug = slug, CreatedAt = clock.Now(),
        };
    }

    /// <summary>Buyers tell sellers apart by the names of their shops: no open one of another company may look the same.</summary>
    /// <exception cref="RuleException">409 <c>shop_name_taken</c>.</exception>
    public async Task CheckName(string name, Guid companyId, CancellationToken ct)
    {
        var key = Names.Key(name);
        // Two that take one name at once take turns, so the second finds the first.
        db.Ask("select pg_advisory_xact_lock(hashtextextended('shop ' || $1, 0))", _ => { }, key);
        var open = db.Shops.AsNoTracking().Where(shop => shop.NameKey == key && shop.Status == Domain.Shop.Active);
        if (await open.AnyAsync(shop => shop.CompanyId != companyId, ct))
            throw new RuleException(
                "shop_name_taken", "A shop of another company has this name, or one that looks like it. Choose another.");
    }

    public void Open(Shop shop)
    {
        db.Shops.Add(shop);
        db.Publish(() => shop.Changed());
    }

    /// <summary>A company of an account needs a kind that sells or stores.</summary>
    public static void CheckFounder(string kind)
    {
        if (kind is AccountKind.Staff or AccountKind.Affiliate)
            throw new RuleException(403, "forbidden", "An account of this kind founds no company. Register another.");
    }
}

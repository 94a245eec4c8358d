using Souk.Contracts.Identity;
using Souk.Platform.Events;

namespace Souk.Catalog.Events;

/// <summary>Keeps the shops. When one closes or opens, its offers can no longer be bought or can; its name is shown with them.</summary>
internal sealed class OnShopChanged(CatalogDb db) : IHandle<ShopChanged>
{
    public async Task Handle(ShopChanged e, CancellationToken ct)
    {
        var before = await db.Query("select status, name, version from shops where id = $1 for update",
            reader => (Status: reader.GetString(0), Name: reader.GetString(1), Version: reader.GetInt64(2)), ct, e.ShopId);
        if (before.Count > 0 && before[0].Version >= e.Version)
            return;
        db.Run("""
            insert into shops (id, company_id, name, slug, status, version) values ($1, $2, $3, $4, $5, $6)
                on conflict (id) do update set name = excluded.name, slug = excluded.slug, status = excluded.status, version = excluded.version
            """, e.ShopId, e.CompanyId, e.Name, e.Slug, e.Status, e.Version);
        // What it was when it was unknown, or is rebuilt, nobody can say: what stands on it is made anew.
        if (before is not [{ Version: > 0 }] || before[0].Status != e.Status)
            await db.AnnounceOffersWhere("shop_id = $1", e.ShopId, ct);
        else if (before[0].Name != e.Name)
            db.Forget([]);
    }
}

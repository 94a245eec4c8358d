using Souk.Contracts.Identity;
using Souk.Platform.Events;

namespace Souk.Catalog.Events;

/// <summary>Keeps the companies. When one is approved or no longer is, its offers can be bought or no longer can.</summary>
internal sealed class OnCompanyChanged(CatalogDb db) : IHandle<CompanyChanged>
{
    public async Task Handle(CompanyChanged e, CancellationToken ct)
    {
        // Who makes an offer meanwhile holds a share lock of this row, so that either sees the other.
        var before = await db.Query("select status, version from companies where id = $1 for update",
            reader => (Status: reader.GetString(0), Version: reader.GetInt64(1)), ct, e.CompanyId);
        if (before.Count > 0 && before[0].Version >= e.Version)
            return;
        db.Run("""
            insert into companies (id, name, status, version) values ($1, $2, $3, $4)
                on conflict (id) do update set name = excluded.name, status = excluded.status, version = excluded.version
            """, e.CompanyId, e.Name, e.Status, e.Version);
        // What it was when it was unknown, or is rebuilt, nobody can say: what stands on it is made anew.
        if (before is not [{ Version: > 0 }] || (before[0].Status == "approved") != (e.Status == "approved"))
            await db.AnnounceOffersWhere("company_id = $1", e.CompanyId, ct);
    }
}

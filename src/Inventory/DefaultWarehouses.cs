using Souk.Contracts.Inventory;
using Souk.Inventory.Domain;

namespace Souk.Inventory;

/// <summary>Where a company's stock goes when nobody says where.</summary>
internal static class DefaultWarehouses
{
    /// <summary>The default warehouse of each company; made where a company has none.</summary>
    public static async Task<Dictionary<Guid, Guid>> DefaultWarehousesOf(this InventoryDb db, IEnumerable<Guid> companyIds, CancellationToken ct)
    {
        Guid[] ids = [.. companyIds.Distinct().Order()];
        // Two that make a company's first warehouse at one time: the index on the default keeps one, both go on with it.
        var made = await db.Query("""
            insert into warehouses (id, company_id, name, line1, city, country, priority, is_default, active, created_at, version)
            select n.id, n.company_id, 'Main warehouse', '', '', coalesce(c.country, $3), $4, true, true, now(), 1
              from unnest($1::uuid[], $2::uuid[]) as n(id, company_id)
              left join companies c on c.id = n.company_id
             where not exists (select 1 from warehouses w where w.company_id = n.company_id and w.is_default)
             order by n.company_id
            on conflict do nothing
            returning id, company_id, name, country
            """,
            reader => new WarehouseChanged(reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), true, 1),
            ct, ids.Select(_ => Guid.CreateVersion7()).ToArray(), ids, Warehouse.UnknownCountry, Warehouse.DefaultPriority);
        foreach (var warehouse in made)
            db.Publish(warehouse);
        var all = await db.Query(
            "select company_id, id from warehouses where company_id = any($1) and is_default",
            reader => (CompanyId: reader.GetGuid(0), Id: reader.GetGuid(1)), ct, ids);
        return all.ToDictionary(warehouse => warehouse.CompanyId, warehouse => warehouse.Id);
    }
}

using Souk.Contracts.Identity;
using Souk.Contracts.Inventory;
using Souk.Inventory.Domain;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>Keeps who may run warehouses and for whom. A default warehouse made before its company was known gets its country.</summary>
internal sealed class OnCompanyChanged(InventoryDb db) : IHandleBatch<CompanyChanged>
{
    public async Task Handle(IReadOnlyList<CompanyChanged> events, CancellationToken ct)
    {
        CompanyChanged[] newest = [.. events.GroupBy(company => company.CompanyId).Select(states => states.MaxBy(state => state.Version)!)];
        Guid[] ids = [.. newest.Select(c => c.CompanyId)];
        db.Run("""
            insert into companies as c (id, kind, name, country, status, version)
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
            on conflict (id) do update
               set kind = excluded.kind, name = excluded.name, country = excluded.country, status = excluded.status, version = excluded.version
             where excluded.version > c.version
            """,
            ids, newest.Select(c => c.Kind).ToArray(), newest.Select(c => c.Name).ToArray(),
            newest.Select(c => c.Country).ToArray(), newest.Select(c => c.Status).ToArray(), newest.Select(c => c.Version).ToArray());
        var placed = await db.Query("""
            update warehouses w set country = c.country, version = w.version + 1
              from companies c where c.id = w.company_id and w.company_id = any($1) and w.country = $2
            returning w.id, w.company_id, w.name, w.country, w.active and w.closed_at is null, w.version
            """,
            reader => new WarehouseChanged(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4), reader.GetInt64(5)),
            ct, ids, Warehouse.UnknownCountry);
        foreach (var warehouse in placed)
            db.Publish(warehouse);
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>The audit trail of accounts and companies: staff see all, members what concerns their company.</summary>
internal static class ListAudit
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/audit", Handle)
        .RequirePermission(Permissions.AuditRead)
        .WithTags("Accounts")
        .WithSummary("Who changed what")
        .WithDescription("Of accounts and companies, newest first. Filter by `entity_id` and `company_id`.");

    private static async Task<Page<AuditResponse>> Handle(
        Caller caller, IdentityDb db, PageRequest page, CancellationToken ct,
        [FromQuery(Name = "entity_id")] Guid? entityId = null, [FromQuery(Name = "company_id")] Guid? companyId = null)
    {
        page.Sort("-created_at");
        var rows = await db.Query("""
            select id, at, account_id, api_key_id, action, entity, entity_id, company_id, before::text, after::text, reason from audit
             where ($1::uuid[] is null or company_id = any($1)) and ($2::uuid is null or entity_id = $2)
               and ($3::uuid is null or company_id = $3) and ($4::uuid is null or id < $4)
             order by id desc limit $5
            """, row => new AuditResponse(
                row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), Id(row, 2), Id(row, 3), row.GetString(4), row.GetString(5),
                row.GetGuid(6), Id(row, 7), Document(row, 8), Document(row, 9), row.IsDBNull(10) ? null : row.GetString(10)),
            ct,
            new Npgsql.NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid | NpgsqlTypes.NpgsqlDbType.Array, Value = caller.Can(Permissions.AuditRead) ? DBNull.Value : Own(caller) },
            Pg.Uuid(entityId), Pg.Uuid(companyId), Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return page.Result(rows, row => [row.Id]);
    }

    private static Guid[] Own(Caller caller) => caller.CompaniesWith(Permissions.AuditRead);

    private static Guid? Id(Npgsql.NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    private static JsonElement? Document(Npgsql.NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : JsonElement.Parse(row.GetString(column));
}

/// <summary>A line of the audit trail.</summary>
/// <param name="Id">Its id.</param>
/// <param name="At">When.</param>
/// <param name="AccountId">Who; null for the system.</param>
/// <param name="ApiKeyId">With which API key.</param>
/// <param name="Action">What was done.</param>
/// <param name="Entity">To what kind of thing.</param>
/// <param name="EntityId">To which one.</param>
/// <param name="CompanyId">Which company it concerns.</param>
/// <param name="Before">What it was, as far as it changed.</param>
/// <param name="After">What it is, as far as it changed.</param>
/// <param name="Reason">Why, when that was said.</param>
public sealed record AuditResponse(
    Guid Id, DateTimeOffset At, Guid? AccountId, Guid? ApiKeyId, string Action, string Entity, Guid EntityId, Guid? CompanyId,
    JsonElement? Before, JsonElement? After, string? Reason);

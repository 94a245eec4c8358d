using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Lists disputes, newest first, and shows one: what buyers asked their bank to give back. A seller sees those that hold
/// something of their companies, and only their own share; staff sees all.
/// </summary>
internal static class ListDisputes
{
    public static void Map(IEndpointRouteBuilder disputes)
    {
        disputes.MapGet("/", Handle).RequirePermission(Permissions.PaymentsRead)
            .WithSummary("List disputes")
            .WithDescription("The gateway opens and decides them; evidence is given there, until `respond_by`. What an "
                + "open one holds can be neither refunded nor paid out. Filters: `status` (open, won, lost), "
                + "`order_id`, `company_id`.");
        disputes.MapGet("/{id:guid}", One).RequirePermission(Permissions.PaymentsRead).WithSummary("Show a dispute");
    }

    private static async Task<Ok<Page<DisputeResponse>>> Handle(
        [AllowedValues("open", "won", "lost", null)] string? status, [FromQuery(Name = "order_id")] Guid? orderId,
        [FromQuery(Name = "company_id")] Guid? companyId, PageRequest page, Caller caller, PaymentsDb db,
            CancellationToken ct)
    {
        page.Sort("-created_at");
        var conditions = new Conditions().AndIf("d.status = ?", status).AndIf("d.order_id = ?", orderId)
            .AndIf("d.id in (select dispute_id from dispute_lines where company_id = ?)", companyId);
        if (page.After is { } after)
            conditions.And("d.id < ?", after.Get<Guid>(0));
        var rows = await Read(conditions, $"order by d.id desc limit {page.Take}", caller, db, ct);
        return TypedResults.Ok(page.Result(rows, row => [row.Id]));
    }

    private static async Task<Ok<DisputeResponse>> One(Guid id, Caller caller, PaymentsDb db, CancellationToken ct) =>
        await Read(new Conditions().And("d.id = ?", id), "", caller, db, ct) is [var dispute]
            ? TypedResults.Ok(dispute)
            : throw RuleException.NotFound();

    private static Task<List<DisputeResponse>> Read(
        Conditions conditions, string rest, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        if (caller.Can(Permissions.PaymentsRead))
            return db.Query($"""
                select id, order_id, payment_id, status, reason, currency, amount_minor, held_minor, respond_by,
                created_at, closed_at
                  from disputes d {conditions.Where} {rest}
                """, Show, ct, conditions.Args);
        conditions.And("l.company_id = any(?)", caller.CompaniesWith(Permissions.PaymentsRead));
        return db.Query($"""
            select d.id, order_id, null::uuid, status, reason, currency, sum(l.total_minor)::bigint,
                   sum(l.goods_minor - l.commission_minor + l.delivery_minor)::bigint, respond_by, created_at, closed_at
              from disputes d join dispute_lines l on l.dispute_id = d.id {conditions.Where} group by d.id {rest}
            """, Show, ct, conditions.Args);
    }

    private static DisputeResponse Show(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetString(3), row.GetString(4),
        new Money(row.GetInt64(6), row.GetString(5)), new Money(row.GetInt64(7), row.GetString(5)),
        row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8), row.GetFieldValue<DateTimeOffset>(9),
        row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10));
}

/// <summary>A buyer asked their bank to give money back.</summary>
/// <param name="Id">The dispute.</param>
/// <param name="OrderId">The order.</param>
/// <param name="PaymentId">The payment; null for sellers.</param>
/// <param name="Status">open, won (the money is its owners' again), lost (the buyer has it).</param>
/// <param name="Reason">What the buyer told the bank, a word of the gateway.</param>
/// <param name="Amount">What the buyer wants back; for a seller, of their lines.</param>
/// <param name="Held">What is or was held of it; for a seller, of what they get.</param>
/// <param name="RespondBy">Until when the gateway takes evidence.</param>
/// <param name="CreatedAt">When we heard of it.</param>
/// <param name="ClosedAt">When it was decided.</param>
public sealed record DisputeResponse(
    Guid Id, Guid OrderId, Guid? PaymentId, string Status, string Reason, Money Amount, Money Held,
    DateTimeOffset? RespondBy,
    DateTimeOffset CreatedAt, DateTimeOffset? ClosedAt);

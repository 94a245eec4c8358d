using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Lists the entries of the ledger, newest first. Whoever may read the ledger. They are never changed or removed.</summary>
internal static class ListLedgerEntries
{
    public static void Map(IEndpointRouteBuilder ledger) =>
        ledger.MapGet("/entries", Handle).RequirePermission(Permissions.LedgerRead)
            .WithSummary("List the entries of the ledger")
            .WithDescription("A journal is the entries with one `journal` and `source_id`; it sums to zero. Filters: `account`, `company_id`, `order_id`, `currency`.");

    private static async Task<Ok<Page<LedgerEntryResponse>>> Handle(
        [StringLength(40)] string? account, [FromQuery(Name = "company_id")] Guid? companyId, [FromQuery(Name = "order_id")] Guid? orderId,
        [StringLength(3, MinimumLength = 3)] string? currency, PageRequest page, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("-id");
        var conditions = new Conditions()
            .AndIf("account = ?", account).AndIf("company_id = ?", companyId).AndIf("order_id = ?", orderId).AndIf("currency = ?", currency);
        if (page.After is { } after)
            conditions.And("id < ?", after.Get<long>(0));
        var rows = await db.Query($"""
            select id, at, kind, source_id, order_id, account, company_id, amount_minor, currency
              from ledger_entries {conditions.Where} order by id desc limit {page.Take}
            """,
            row => new LedgerEntryResponse(
                row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetGuid(3),
                Journal.IsOfAnOrder(row.GetString(2)) ? row.GetGuid(4) : null,
                row.GetString(5),
                row.IsDBNull(6) ? null : row.GetGuid(6), new Money(row.GetInt64(7), row.GetString(8))),
            ct, conditions.Args);
        return TypedResults.Ok(page.Result(rows, row => [row.Id]));
    }
}

/// <summary>One line of a journal.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="At">When it was posted.</param>
/// <param name="Journal">capture, sale, refund, refund_paid, payout, payout_sent, payout_undone, dispute, dispute_won, dispute_lost,
/// settlement, settlement_accepted.</param>
/// <param name="SourceId">The payment, order, refund, payment of a refund, payout, dispute, settlement or exception that the journal is about.</param>
/// <param name="OrderId">The order; null for what belongs to none, such as a payout.</param>
/// <param name="Account">The account.</param>
/// <param name="CompanyId">Whose account; null for the marketplace's.</param>
/// <param name="Amount">Debit is positive.</param>
public sealed record LedgerEntryResponse(
    long Id, DateTimeOffset At, string Journal, Guid SourceId, Guid? OrderId, string Account, Guid? CompanyId,
    Money Amount);

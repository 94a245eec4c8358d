using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Lists the accounts of the ledger with their balances, folded from the entries. Whoever may read the ledger.</summary>
internal static class ListLedgerAccounts
{
    public static void Map(IEndpointRouteBuilder ledger) =>
        ledger.MapGet("/accounts", Handle).RequirePermission(Permissions.LedgerRead)
            .WithSummary("List the accounts of the ledger")
            .WithDescription("One row per account, currency and, where the account is a seller's, company. Debit is positive. Filters: `account`, `company_id`, `currency`.");

    private static async Task<Ok<Page<LedgerAccountResponse>>> Handle(
        [StringLength(40)] string? account, [FromQuery(Name = "company_id")] Guid? companyId, [StringLength(3, MinimumLength = 3)] string? currency,
        PageRequest page, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("account");
        var conditions = new Conditions().AndIf("e.account = ?", account).AndIf("e.company_id = ?", companyId).AndIf("e.currency = ?", currency);
        if (page.After is { } after)
            conditions.AndAll("(e.account, e.currency, coalesce(e.company_id, '00000000-0000-0000-0000-000000000000')) > (?0, ?1, ?2)",
                after.Get<string>(0), after.Get<string>(1), after.Get<Guid>(2));
        var rows = await db.Query($"""
            select e.account, e.currency, e.company_id, a.name, a.kind, sum(e.amount_minor)::bigint
              from ledger_entries e join ledger_accounts a on a.code = e.account {conditions.Where}
             group by e.account, e.currency, e.company_id, a.name, a.kind
             order by e.account, e.currency, coalesce(e.company_id, '00000000-0000-0000-0000-000000000000') limit {page.Take}
            """,
            row => new LedgerAccountResponse(
                row.GetString(0), row.GetString(3), row.GetString(4), row.IsDBNull(2) ? null : row.GetGuid(2), new Money(row.GetInt64(5), row.GetString(1))),
            ct, conditions.Args);
        return TypedResults.Ok(page.Result(rows, row => [row.Account, row.Balance.Currency, row.CompanyId ?? Guid.Empty]));
    }
}

/// <summary>An account of the ledger.</summary>
/// <param name="Account">Its code.</param>
/// <param name="Name">What it holds.</param>
/// <param name="Kind">asset, liability, revenue, expense.</param>
/// <param name="CompanyId">Whose it is; null for the marketplace's.</param>
/// <param name="Balance">Sum of its entries; debit is positive.</param>
public sealed record LedgerAccountResponse(string Account, string Name, string Kind, Guid? CompanyId, Money Balance);

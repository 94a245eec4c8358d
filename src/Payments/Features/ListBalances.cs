using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>What the marketplace owes each seller: the fold of their accounts in the ledger. A seller sees their own companies, staff all.</summary>
internal static class ListBalances
{
    public static void Map(IEndpointRouteBuilder balances) =>
        balances.MapGet("/", Handle).RequirePermission(Permissions.PaymentsRead)
            .WithSummary("List the balances of sellers")
            .WithDescription("What is owed for goods (less commission) and delivery, per company and currency; below zero after a refund of what was paid out. "
                + "`available` is what a payout would bring now. Filter: `company_id`.");

    private static async Task<Ok<Page<BalanceResponse>>> Handle(
        [FromQuery(Name = "company_id")] Guid? companyId, PageRequest page, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("company_id");
        var conditions = new Conditions().And("company_id is not null").AndIf("company_id = ?", companyId);
        if (!caller.Can(Permissions.PaymentsRead))
            conditions.And("company_id = any(?)", caller.CompaniesWith(Permissions.PaymentsRead));
        if (page.After is { } after)
            conditions.AndAll("(company_id, currency) > (?0, ?1)", after.Get<Guid>(0), after.Get<string>(1));
        var rows = await db.Query($"""
            select company_id, currency, coalesce(-sum(amount_minor) filter (where account = 'seller_payable'), 0)::bigint,
                   coalesce(-sum(amount_minor) filter (where account = 'delivery'), 0)::bigint,
                   coalesce(-sum(amount_minor) filter (where account = 'payouts'), 0)::bigint
              from ledger_entries {conditions.Where}
             group by company_id, currency order by company_id, currency limit {page.Take}
            """,
            row => (Company: row.GetGuid(0), Currency: row.GetString(1), Goods: row.GetInt64(2),
                Delivery: row.GetInt64(3),
                OnItsWay: row.GetInt64(4)),
            ct, conditions.Args);
        var due = (await db.Query($"""
            select company_id, currency, sum(goods + delivery - paid_goods_minor - paid_delivery_minor)::bigint
              from earnings e, lateral (
                   select {PayoutWrites.Worth} from order_lines l join order_money m using (order_id)
                    where l.order_id = e.order_id and l.company_id = e.company_id and m.sold) as w(goods, delivery)
             where company_id = any($1) and open and releases_at <= now() group by company_id, currency
            """,
            row => ((row.GetGuid(0), row.GetString(1)), row.GetInt64(2)), ct,
            rows.Select(r => r.Company).Distinct().ToArray()))
            .ToDictionary();
        return TypedResults.Ok(page.Result(rows, row => [row.Company, row.Currency], row => new BalanceResponse(
            row.Company, new Money(row.Goods, row.Currency), new Money(row.Delivery, row.Currency),
            new Money(row.Goods + row.Delivery, row.Currency),
            new Money(due.GetValueOrDefault((row.Company, row.Currency)), row.Currency),
            new Money(row.OnItsWay, row.Currency))));
    }
}

/// <summary>What is owed to a seller in one currency.</summary>
/// <param name="CompanyId">The seller.</param>
/// <param name="Goods">For goods, less commission and refunds.</param>
/// <param name="Delivery">For delivery, less refunds.</param>
/// <param name="Balance">Both together.</param>
/// <param name="Available">What a payout would bring now: delivered and held back no longer; below zero after refunds.</param>
/// <param name="OnItsWay">In payouts that are not sent yet; no part of the balance any more.</param>
public sealed record BalanceResponse(
    Guid CompanyId, Money Goods, Money Delivery, Money Balance, Money Available, Money OnItsWay);

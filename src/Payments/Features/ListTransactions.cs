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

/// <summary>Lists every answer of the gateways, newest first. The marketplace's staff may.</summary>
internal static class ListTransactions
{
    public static void Map(IEndpointRouteBuilder transactions) =>
        transactions.MapGet("/", Handle).RequirePermission(Permissions.PaymentsRead)
            .WithSummary("List transactions at the gateways")
            .WithDescription("Staff only. Filters: `payment_id`, `order_id`, `kind` (authorize, capture, void, refund, read, disputes).");

    private static async Task<Ok<Page<TransactionResponse>>> Handle(
        [FromQuery(Name = "payment_id")] Guid? paymentId, [FromQuery(Name = "order_id")] Guid? orderId, [StringLength(20)] string? kind,
        PageRequest page, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("-created_at");
        if (!caller.Can(Permissions.PaymentsRead))
            throw new RuleException(403, "forbidden", "Transactions are for the marketplace's own staff. See GET /balances for your company.");
        var conditions = new Conditions()
            .AndIf("payment_id = ?", paymentId)
            .AndIf("payment_id in (select id from payments where order_id = ?)", orderId)
            .AndIf("kind = ?", kind);
        if (page.After is { } after)
            conditions.And("id < ?", after.Get<Guid>(0));
        var rows = await db.Query($"""
            select id, at, payment_id, order_id, refund_id, kind, result, code, amount_minor, currency, gateway, gateway_ref
              from transactions {conditions.Where} order by id desc limit {page.Take}
            """,
            row => new TransactionResponse(
                row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetGuid(2), row.GetGuid(3), row.IsDBNull(4) ? null : row.GetGuid(4),
                row.GetString(5), row.GetString(6), row.IsDBNull(7) ? null : row.GetString(7), new Money(row.GetInt64(8), row.GetString(9)),
                row.GetString(10), row.IsDBNull(11) ? null : row.GetString(11)),
            ct, conditions.Args);
        return TypedResults.Ok(page.Result(rows, row => [row.Id]));
    }
}

/// <summary>One answer of a gateway.</summary>
/// <param name="Id">The transaction.</param>
/// <param name="At">When it was applied.</param>
/// <param name="PaymentId">The payment.</param>
/// <param name="OrderId">Its order.</param>
/// <param name="RefundId">The refund it was for.</param>
/// <param name="Kind">authorize, capture, void, refund, read, disputes.</param>
/// <param name="Result">What the gateway said.</param>
/// <param name="Code">Why it refused.</param>
/// <param name="Amount">What was asked for.</param>
/// <param name="Gateway">Which gateway.</param>
/// <param name="GatewayReference">Its own name of the payment.</param>
public sealed record TransactionResponse(
    Guid Id, DateTimeOffset At, Guid PaymentId, Guid OrderId, Guid? RefundId, string Kind, string Result, string? Code, Money Amount, string Gateway,
    string? GatewayReference);

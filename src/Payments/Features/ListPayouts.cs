using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Lists payouts, newest first, shows one, and what it took of which order. A seller sees their own companies', staff all.</summary>
internal static class ListPayouts
{
    public static void Map(IEndpointRouteBuilder payouts)
    {
        payouts.MapGet("/", Handle).RequirePermission(Permissions.PaymentsRead)
            .WithSummary("List payouts")
            .WithDescription("Filters: `company_id`, `status` (requested, approved, sent, failed, cancelled), "
                + "`file_id`.");
        payouts.MapGet("/{id:guid}", One).RequirePermission(Permissions.PaymentsRead).WithSummary("Show a payout");
        payouts.MapGet("/{id:guid}/items", Items).RequirePermission(Permissions.PaymentsRead)
            .WithSummary("List what a payout took of which order")
            .WithDescription("Below zero where an order was refunded after it had been paid out.");
    }

    private static async Task<Ok<Page<PayoutResponse>>> Handle(
        [FromQuery(Name = "company_id")] Guid? companyId,
        [AllowedValues("requested", "approved", "sent", "failed", "cancelled", null)] string? status,
        [FromQuery(Name = "file_id")] Guid? fileId, PageRequest page, Caller caller, PaymentsDb db,
            CancellationToken ct)
    {
        page.Sort("-created_at");
        var payouts = Seen(db, caller);
        if (companyId is not null)
            payouts = payouts.Where(p => p.CompanyId == companyId);
        if (status is not null)
        {
            var wanted = Words.Read<PayoutStatus>(status);
            payouts = payouts.Where(p => p.Status == wanted);
        }
        if (fileId is not null)
            payouts = payouts.Where(p => p.FileId == fileId);
        if (page.After?.Get<Guid>(0) is { } after)
            payouts = payouts.Where(p => p.Id < after);
        var rows = await payouts.OrderByDescending(p => p.Id).Take(page.Take).ToListAsync(ct);
        return TypedResults.Ok(page.Result(rows, p => [p.Id], PayoutResponse.Of));
    }

    private static async Task<Ok<PayoutResponse>> One(
        Guid id, Caller caller, PaymentsDb db, HttpContext http, CancellationToken ct)
    {
        var payout = await Seen(db, caller).SingleOrDefaultAsync(p => p.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, payout.Version);
        return TypedResults.Ok(PayoutResponse.Of(payout));
    }

    private static async Task<Ok<Page<PayoutItemResponse>>> Items(
        Guid id, PageRequest page, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("order_id");
        var payout = await Seen(db, caller).SingleOrDefaultAsync(p => p.Id == id, ct) ?? throw RuleException.NotFound();
        var rows = await db.Query($"""
            select order_id, goods_minor, delivery_minor from payout_items
             where payout_id = $1 and order_id > $2 order by order_id limit {page.Take}
            """,
            row => new PayoutItem(row.GetGuid(0), row.GetInt64(1), row.GetInt64(2)),
            ct, id, page.After?.Get<Guid>(0) ?? Guid.Empty);
        return TypedResults.Ok(page.Result(rows, item => [item.OrderId], item => new PayoutItemResponse(
            item.OrderId, new Money(item.GoodsMinor, payout.Currency), new Money(item.DeliveryMinor, payout.Currency),
            new Money(item.GoodsMinor + item.DeliveryMinor, payout.Currency))));
    }

    private static IQueryable<Payout> Seen(PaymentsDb db, Caller caller)
    {
        var own = caller.CompaniesWith(Permissions.PaymentsRead);
        var payouts = db.Payouts.AsNoTracking();
        return caller.Can(Permissions.PaymentsRead) ? payouts : payouts.Where(p => own.Contains(p.CompanyId));
    }
}

/// <summary>What a payout took of one order.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Goods">For goods, less commission and refunds.</param>
/// <param name="Delivery">For delivery, less refunds.</param>
/// <param name="Amount">Both together.</param>
public sealed record PayoutItemResponse(Guid OrderId, Money Goods, Money Delivery, Money Amount);

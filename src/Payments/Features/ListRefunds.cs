using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Lists refunds, newest first: a buyer those of their orders, a seller those of their company, staff all.</summary>
internal static class ListRefunds
{
    public static void Map(IEndpointRouteBuilder refunds)
    {
        refunds.MapGet("/", Handle).AllowGuests()
            .WithSummary("List refunds")
            .WithDescription("A buyer's own, a guest's with `X-Order-Token`, a company's with `payments.read` there, all for staff. Filters: `order_id`, `company_id`.")
            .Problems("401 sign_in_required");
        refunds.MapGet("/{id:guid}", One).AllowGuests().WithSummary("Show a refund").Problems("401 sign_in_required");
    }

    private static async Task<Ok<Page<RefundResponse>>> Handle(
        [FromQuery(Name = "order_id")] Guid? orderId, [FromQuery(Name = "company_id")] Guid? companyId, PageRequest page, Caller caller, PaymentsDb db,
        CancellationToken ct)
    {
        page.Sort("-created_at");
        var conditions = Seen(caller).AndIf("order_id = ?", orderId).AndIf("company_id = ?", companyId);
        if (page.After is { } after)
            conditions.And("id < ?", after.Get<Guid>(0));
        var rows = await db.Query(
            $"select {RefundResponse.Columns} from refunds {conditions.Where} order by id desc limit {page.Take}", RefundResponse.Read, ct, conditions.Args);
        return TypedResults.Ok(page.Result(rows, row => [row.Id]));
    }

    private static async Task<Ok<RefundResponse>> One(Guid id, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        var conditions = Seen(caller).And("id = ?", id);
        var rows = await db.Query($"select {RefundResponse.Columns} from refunds {conditions.Where}", RefundResponse.Read, ct, conditions.Args);
        return rows is [var refund] ? TypedResults.Ok(refund) : throw RuleException.NotFound();
    }

    private static Conditions Seen(Caller caller)
    {
        var conditions = new Conditions();
        if (caller.Can(Permissions.PaymentsRead))
            return conditions;
        if (caller is { AccountId: null, OrderId: null })
            throw new RuleException(401, "sign_in_required", "Sign in, or send the order's token as X-Order-Token.");
        return conditions.AndAll(
            "(company_id = any(?0) or order_id = ?1 or order_id in (select order_id from payments where account_id = ?2))",
            caller.CompaniesWith(Permissions.PaymentsRead), caller.OrderId ?? Guid.Empty, caller.AccountId ?? Guid.Empty);
    }
}

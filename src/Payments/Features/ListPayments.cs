using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Lists payments, newest first: a buyer's own, a guest's by the order's token, all of them for staff.</summary>
internal static class ListPayments
{
    public static void Map(IEndpointRouteBuilder payments) =>
        payments.MapGet("/", Handle).AllowGuests()
            .WithSummary("List payments")
            .WithDescription("A buyer's own, a guest's with `X-Order-Token`, all with `payments.read`. Filters: `order_id`, `status`.")
            .Problems("401 sign_in_required");

    private static async Task<Ok<Page<PaymentResponse>>> Handle(
        [FromQuery(Name = "order_id")] Guid? orderId, [StringLength(30)] string? status, PageRequest page, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("-created_at");
        var conditions = new Conditions().AndIf("order_id = ?", orderId).AndIf("status = ?", status);
        if (!caller.Can(Permissions.PaymentsRead))
            Own(conditions, caller);
        if (page.After is { } after)
            conditions.And("id < ?", after.Get<Guid>(0));
        var rows = await db.Query(
            $"select {PaymentResponse.Columns} from payments {conditions.Where} order by id desc limit {page.Take}", PaymentResponse.Read, ct, conditions.Args);
        return TypedResults.Ok(page.Result(rows, row => [row.Payment.Id], row => row.Payment));
    }

    /// <summary>Only what is the caller's own.</summary>
    internal static void Own(Conditions conditions, Caller caller)
    {
        if (caller is { AccountId: { } account, OrderId: { } opened })
            conditions.AndAll("(account_id = ?0 or order_id = ?1)", account, opened);
        else if (caller.AccountId is { } own)
            conditions.And("account_id = ?", own);
        else if (caller.OrderId is { } order)
            conditions.And("order_id = ?", order);
        else
            throw new RuleException(401, "sign_in_required", "Sign in, or send the order's token as X-Order-Token.");
    }
}

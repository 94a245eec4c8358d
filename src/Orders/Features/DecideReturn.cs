using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Orders.Domain;
using Souk.Orders.Events;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// What is decided about a return before the goods are here: its seller or staff approve or reject it, its buyer
/// withdraws it. Money and stock move when the goods have arrived.
/// </summary>
internal static class DecideReturn
{
    public static void Map(IEndpointRouteBuilder returns)
    {
        returns.MapPost("/{id:guid}/approve", Approve)
            .RequirePermission(Permissions.OrdersManage)
            .Idempotent()
            .WithSummary("Approve a return")
            .WithDescription("""
                The goods may be sent. Say whether the share of the delivery goes back too, and which company receives
                the goods for you, such as the operator of your warehouse: its members then see the return, without
                the money.
                """)
            .Problems("return_move", "changed_meanwhile", "403 forbidden", "404 not_found", "412 stale")
            .WithExample(
                new ApproveReturnRequest(RefundDelivery: true, Note: "Send it to our workshop."),
                ReturnDetails.Example);
        returns.MapPost("/{id:guid}/reject", Reject)
            .RequirePermission(Permissions.OrdersManage)
            .Idempotent()
            .WithSummary("Reject a return")
            .WithDescription("Also one that was approved and never came. The buyer reads the reason.")
            .Problems("return_move", "changed_meanwhile", "403 forbidden", "404 not_found", "412 stale")
            .WithExample(new RejectReturnRequest("It was worn."), ReturnDetails.Example);
        returns.MapDelete("/{id:guid}", Withdraw)
            .AllowGuests()
            .WithSummary("Withdraw a return")
            .WithDescription("The buyer keeps the goods; before they are received.")
            .Problems("return_move", "changed_meanwhile", "403 forbidden", "404 not_found", "412 stale");
    }

    private static async Task<Ok<ReturnDetails>> Approve(
        Guid id, ApproveReturnRequest request, Caller caller, OrdersDb db, TimeProvider clock, HttpContext http,
        CancellationToken ct)
    {
        var (it, order) = await db.LockedReturn(id, caller, ct);
        ETag.Check(http, it.Version);
        var actor = it.Decider(caller, clock);
        it.Approve(request.RefundDelivery, request.ReceiverCompanyId, request.Note, actor.At);
        return Decided(db, it, order, caller, actor, "approve", request.Note, http);
    }

    private static async Task<Ok<ReturnDetails>> Reject(
        Guid id, RejectReturnRequest request, Caller caller, OrdersDb db, TimeProvider clock, HttpContext http,
        CancellationToken ct)
    {
        var (it, order) = await db.LockedReturn(id, caller, ct);
        ETag.Check(http, it.Version);
        var actor = it.Decider(caller, clock);
        it.Reject(request.Reason, actor.At);
        return Decided(db, it, order, caller, actor, "reject", request.Reason, http);
    }

    private static async Task<NoContent> Withdraw(
        Guid id, Caller caller, OrdersDb db, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var (it, order) = await db.LockedReturn(id, caller, ct);
        ETag.Check(http, it.Version);
        if (ReturnSight.Of(it, caller) != ReturnSight.Buyer)
            throw new RuleException(403, "forbidden", "Its buyer withdraws a return. Reject it instead.");
        it.Withdraw();
        order.Note(order.PartOf(it), "return_withdrawn", new Actor("buyer", caller.AccountId, clock.GetUtcNow()));
        db.Publish(Steps.Moved(it, order));
        return TypedResults.NoContent();
    }

    private static Ok<ReturnDetails> Decided(
        OrdersDb db, Return it, Order order, Caller caller, Actor actor, string verb, string? note, HttpContext http)
    {
        order.Note(order.PartOf(it), $"return_{Words.Of(it.Status)}", actor, note);
        db.Publish(Steps.Moved(it, order));
        db.Audit(
            caller, $"return.{verb}", "return", it.Id, actor.Kind == "seller" ? it.CompanyId : null,
            after: new { status = Words.Of(it.Status), it.RefundDelivery, it.ReceiverCompanyId }, reason: note);
        ETag.Set(http, it);
        return TypedResults.Ok(ReturnDetails.Of(it, ReturnSight.Of(it, caller)!));
    }
}

/// <summary>The goods may be sent.</summary>
/// <param name="RefundDelivery">Whether the share of the delivery goes back with the goods; by default not.</param>
/// <param name="ReceiverCompanyId">Who receives the goods for the seller; by default the seller.</param>
/// <param name="Note">What the buyer should know, such as where to send them.</param>
public sealed record ApproveReturnRequest(
    bool RefundDelivery = false,
    Guid? ReceiverCompanyId = null,
    [StringLength(1000, MinimumLength = 1)] string? Note = null);

/// <summary>Nothing is taken back.</summary>
/// <param name="Reason">Why; the buyer reads it.</param>
public sealed record RejectReturnRequest([Required, StringLength(1000, MinimumLength = 1)] string Reason);

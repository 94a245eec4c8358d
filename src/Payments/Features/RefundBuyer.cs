using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Payments.Jobs;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Gives money of a captured order back to its buyer, all of it or a part. Staff who manage refunds may, and a seller from
/// the lines of their own company. Who had a share in the lines gives it back in proportion.
/// </summary>
internal static class RefundBuyer
{
    private const string ReasonDefault = "goodwill";

    public static void Map(IEndpointRouteBuilder refunds) =>
        refunds.MapPost("/", Handle).RequirePermission(Permissions.RefundsManage).Idempotent(required: true)
            .WithSummary("Refund a buyer")
            .WithDescription("Name the order or one of its payments. Without an amount all that is left goes back; with `company_id` only from that seller's lines, "
                + "with `lines` from certain ones. Never more than was captured. The gateway pays it afterwards: `status` tells.")
            .WithExample(new RefundBuyerRequest(OrderId: Guid.Parse("0199f3a2-5b7c-7d10-8000-000000000001"), Amount: new Money(500, "EUR"), Reason: "damaged"))
            .Problems("refund_too_large", "not_captured", "404 not_found", "422 required", "422 currency_mismatch",
                "422 too_small", "422 company_required", "422 unknown_line", "422 lines_do_not_add_up");

    public static void MapAlias(IEndpointRouteBuilder seed) =>
        seed.MapPost("/refund", HandleAlias).RequirePermission(Permissions.RefundsManage).Idempotent(required: true)
            .WithSummary("Refund a buyer")
            .WithDescription("The amount is a decimal in major units of the order's currency.")
            .WithExample(new RefundRequest(PaymentId: Guid.Parse("0199f3a2-5b7c-7d10-8000-000000000001"), Amount: 5.00m, Reason: "damaged"))
            .Alias("POST /refunds")
            .Problems("refund_too_large", "not_captured", "404 not_found", "422 required", "422 invalid_amount",
                "422 too_small", "422 company_required");

    private static async Task<Created<RefundResponse>> Handle(
        RefundBuyerRequest request, Caller caller, PaymentsDb db, Wakes<CallGateways> wakes, TimeProvider clock, CancellationToken ct)
    {
        var (order, payment) = await Find(request.OrderId, request.PaymentId, request.CompanyId, caller, db, ct);
        if ((request.Amount is { } given && given.Currency != order.Currency) || request.Lines?.Any(l => l.Amount.Currency != order.Currency) == true)
            throw RuleException.Invalid("/amount/currency", "currency_mismatch", $"This order is in {order.Currency}.");
        var lines = request.Lines is null ? null : Lines(request.Lines, order, request.CompanyId);
        if (lines is not null && request.Amount is { } sum && sum.Amount != lines.Sum(l => l.AmountMinor))
            throw RuleException.Invalid("/amount", "lines_do_not_add_up", "The amounts of the lines do not add up to the amount. Leave it out.");
        var amount = lines?.Sum(l => l.AmountMinor) ?? request.Amount?.Amount;
        return Grant(order, payment, amount, request.CompanyId, request.Reason, lines, caller, db, wakes, clock);
    }

    private static async Task<Created<RefundResponse>> HandleAlias(
        RefundRequest request, Caller caller, PaymentsDb db, Wakes<CallGateways> wakes, TimeProvider clock, CancellationToken ct)
    {
        var (order, payment) = await Find(request.OrderId, request.PaymentId, request.CompanyId, caller, db, ct);
        var amount = request.Amount is not { } major
            ? (long?)null
            : Currencies.ToMinor(major, order.Currency)
                ?? throw RuleException.Invalid("/amount", "invalid_amount", $"{order.Currency} has {Currencies.Digits(order.Currency)} decimals.");
        return Grant(order, payment, amount, request.CompanyId, request.Reason, lines: null, caller, db, wakes, clock);
    }

    private static async Task<(OrderMoney Order, Payment? Payment)> Find(
        Guid? orderId, Guid? paymentId, Guid? companyId, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        if (paymentId is { } id)
        {
            var owner = await db.Query("select order_id from payments where id = $1", row => row.GetGuid(0), ct, id);
            if (owner is not [var ownerId] || (orderId is { } named && named != ownerId))
                throw RuleException.NotFound();
            orderId = ownerId;
        }
        if (orderId is not { } found)
            throw RuleException.Invalid("/order_id", "required", "Name the order, or one of its payments.");
        if (!(await db.Open([found], [found], ct)).TryGetValue(found, out var order))
            throw RuleException.NotFound();
        if (!caller.Can(Permissions.RefundsManage))
        {
            // A seller knows an order by their own lines in it; of any other it is not there.
            var own = caller.CompaniesWith(Permissions.RefundsManage);
            if (!order.Sold || !order.Lines.Exists(l => own.Contains(l.CompanyId)))
                throw RuleException.NotFound();
            if (companyId is null)
                throw RuleException.Invalid("/company_id", "company_required", "Say for which of your companies you refund.");
            if (!own.Contains(companyId.Value) || !order.Lines.Exists(l => l.CompanyId == companyId))
                throw RuleException.NotFound();
        }
        return (order, order.Payments.Find(p => p.Id == paymentId));
    }

    private static Created<RefundResponse> Grant(
        OrderMoney order, Payment? payment, long? wanted, Guid? companyId, string? reason, IReadOnlyList<(Guid, long)>? lines, Caller caller, PaymentsDb db,
        Wakes<CallGateways> wakes, TimeProvider clock)
    {
        if (!order.Sold)
            throw new RuleException("not_captured", $"This order is {Words.Of(order.State)}: only what is captured can be refunded. Cancel the order instead.");
        var left = Math.Min(order.RefundableMinor, payment is null ? long.MaxValue : payment.CapturedMinor - payment.RefundsMinor);
        if (companyId is not null)
            left = Math.Min(left, order.Lines.Where(l => l.CompanyId == companyId).Sum(l => l.RemainingMinor));
        var amount = wanted ?? left;
        if (wanted <= 0)
            throw RuleException.Invalid("/amount", "too_small", "Refund at least 1 minor unit.");
        if (amount > left || amount == 0)
            throw Refunding.TooMuch(left);

        var refund = order.GiveBack(amount, companyId, reason ?? ReasonDefault, caller.AccountId,
            lines is null ? null : [.. lines.Select(line => new LineBack(line.Item1, line.Item2))], payment);
        db.Close([order]);
        db.Audit(caller, "refund.create", "refund", refund.Id, companyId, after: new { order_id = order.OrderId, amount_minor = amount, currency = order.Currency }, reason: reason);
        db.AfterCommit(wakes.Now);
        return TypedResults.Created($"/refunds/{refund.Id}", new RefundResponse(
            refund.Id, order.OrderId, companyId, Words.Of(refund.Status), new Money(amount, order.Currency), refund.Reason, clock.GetUtcNow(), null));
    }

    private static List<(Guid LineId, long AmountMinor)> Lines(RefundLineRequest[] wanted, OrderMoney order, Guid? companyId)
    {
        var lines = new List<(Guid, long)>();
        for (var i = 0; i < wanted.Length; i++)
        {
            var line = order.Lines.Find(l => l.LineId == wanted[i].LineId && (companyId is null || l.CompanyId == companyId));
            if (line is null || lines.Exists(l => l.Item1 == line.LineId))
                throw RuleException.Invalid($"/lines/{i}/line_id", "unknown_line", "Name lines of this order, each once.");
            if (wanted[i].Amount.Amount <= 0)
                throw RuleException.Invalid($"/lines/{i}/amount", "too_small", "Refund at least 1 minor unit of a line.");
            if (wanted[i].Amount.Amount > line.RemainingMinor)
                throw Refunding.TooMuch(line.RemainingMinor);
            lines.Add((line.LineId, wanted[i].Amount.Amount));
        }
        return lines;
    }
}

/// <summary>What goes back to the buyer.</summary>
/// <param name="OrderId">The order; may be left out when a payment is named.</param>
/// <param name="PaymentId">The payment it goes back to; null for those of the order one after the other.</param>
/// <param name="Amount">Null for all that is left.</param>
/// <param name="CompanyId">The seller whose lines it is taken from; a seller must name it.</param>
/// <param name="Lines">Certain lines with their amounts.</param>
/// <param name="Reason">For the buyer and the books.</param>
public sealed record RefundBuyerRequest(
    Guid? OrderId = null, Guid? PaymentId = null, Money? Amount = null, Guid? CompanyId = null,
    [MinLength(1), MaxLength(100)] RefundLineRequest[]? Lines = null, [StringLength(200, MinimumLength = 1)] string? Reason = null);

/// <summary>What goes back of one line.</summary>
/// <param name="LineId">The line of the order.</param>
/// <param name="Amount">How much of it.</param>
public sealed record RefundLineRequest(Guid LineId, Money Amount);

/// <summary>The same in the seeds' words.</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="OrderId">The order; may be left out when a payment is named.</param>
/// <param name="Amount">In major units of the order's currency; null for all that is left.</param>
/// <param name="CompanyId">The seller whose lines it is taken from; a seller must name it.</param>
/// <param name="Reason">For the buyer and the books.</param>
public sealed record RefundRequest(
    Guid? PaymentId = null, Guid? OrderId = null, decimal? Amount = null, Guid? CompanyId = null, [StringLength(200, MinimumLength = 1)] string? Reason = null);

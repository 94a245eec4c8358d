using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Platform.Db;
using Souk.Platform.Jobs;

namespace Souk.Payments.Jobs;

/// <summary>Applies what the gateways answered: all answers that have come by now in one transaction.</summary>
internal sealed class ApplyAnswers(
    IServiceScopeFactory scopes, GatewayDesk desk, Wakes<CallGateways> calls, FraudRules fraud,
    IOptions<PaymentsOptions> options, TimeProvider clock, ILogger<ApplyAnswers> logger) : IWorker
{
    private const int BatchMax = 200;

    public async Task<bool> Run(CancellationToken ct)
    {
        await Task.Yield(); // Answers of the same moment go together.
        var answers = desk.Take(BatchMax);
        if (answers.Count == 0)
            return false;
        try
        {
            await Apply(answers, ct);
        }
        catch (Exception e) when (answers.Count > 1 && !ct.IsCancellationRequested)
        {
            // One of them must not hold the others up.
            logger.LogWarning(e, "{Count} answers of gateways are applied one by one", answers.Count);
            foreach (var answer in answers)
                await ApplyAlone(answer, ct);
        }
        return true;
    }

    private async Task ApplyAlone(Answered answer, CancellationToken ct)
    {
        try
        {
            await Apply([answer], ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // Its lease ends by itself; then the gateway is asked again.
            logger.LogError(e, "The answer to {Kind} of payment {Payment} could not be applied", answer.Operation.Kind, answer.Operation.PaymentId);
        }
    }

    private Task Apply(List<Answered> answers, CancellationToken ct) => scopes.InTransaction<PaymentsDb>(async (db, _) =>
    {
        // The gateway keeps its own books and our calls are keyed: a commit that a crash takes back is made again.
        db.Run("set local synchronous_commit to off");
        db.Continue(answers.Select(a => (a.Operation.OrderId, a.Operation.Trace)));
        var orders = await db.Open(
            answers.Select(a => a.Operation.OrderId),
            answers.Where(a => a.Operation.Kind != OperationKind.Authorize || a.Answer.Outcome == GatewayOutcome.Captured).Select(a => a.Operation.OrderId),
            ct);
        Guid[] disputed =
            [.. answers.Where(a => a.Operation.Kind == OperationKind.Disputes).Select(a => a.Operation.OrderId)];
        if (disputed.Length > 0)
            await db.OpenDisputes(orders, disputed, ct);
        var suspicions = await fraud.Judge(db, orders, answers, clock.GetUtcNow() + options.Value.ReviewMax, ct);
        foreach (var (operation, answer) in answers)
            orders[operation.OrderId].Apply(
                operation, answer, options.Value.CaptureTriesMax, suspicions.GetValueOrDefault(operation.PaymentId));
        db.Close(orders.Values);
        if (orders.Values.Any(order => order.Changes.Operations.Count > 0))
            db.AfterCommit(calls.Now);
    }, ct);
}

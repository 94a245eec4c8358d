using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Souk.Payments.Domain;
using Souk.Payments.Jobs;
using Souk.Platform.Jobs;

namespace Souk.Payments.Gateways;

/// <summary>
/// The calls that this process has open at gateways, side by side, and the answers that wait to be applied. A slow call
/// holds no connection to the database and nobody else up. What is lost here in a crash is called again when its lease ends.
/// </summary>
internal sealed class GatewayDesk(
    GatewayChoice gateways, IOptions<PaymentsOptions> options, Wakes<CallGateways> calls, Wakes<ApplyAnswers> answered, ILogger<GatewayDesk> logger)
{
    // What a call may take is known; this is for applying its answer. After a crash it is how long its work lies still.
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);

    private static readonly ActivitySource Source = new("Souk.Payments");

    private readonly Channel<Answered> answers = Channel.CreateUnbounded<Answered>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<Answered> captures = Channel.CreateUnbounded<Answered>();
    private int gathers;
    private int open;

    /// <summary>How many more calls may be begun.</summary>
    public int Room => Math.Max(0, options.Value.CallsMax - Volatile.Read(ref open));

    /// <summary>How long an operation that is begun here is nobody else's: longer than any call may take.</summary>
    public TimeSpan Lease => options.Value.GatewayTimeout + LeaseMargin;

    /// <summary>Begins a call. Its operation is leased, and on disk.</summary>
    public void Begin(Operation operation, string gateway, GatewayPayment payment)
    {
        Interlocked.Increment(ref open);
        _ = Run(operation, gateway, payment);
    }

    /// <summary>Has the worker look for what is due and not begun.</summary>
    public void Look() => calls.Now();

    /// <summary>The answers that came, up to a limit.</summary>
    public List<Answered> Take(int max)
    {
        var taken = new List<Answered>();
        while (taken.Count < max && answers.Reader.TryRead(out var one))
            taken.Add(one);
        return taken;
    }

    private async Task Run(Operation operation, string gateway, GatewayPayment payment)
    {
        GatewayAnswer answer;
        // The lease of the operation is longer than this. A stop of the process does not cut the call short: its answer is worth having.
        using var deadline = new CancellationTokenSource(options.Value.GatewayTimeout);
        try
        {
            using var span = Source.StartActivity(
                $"gateway {Words.Of(operation.Kind)}", ActivityKind.Client, operation.Trace);
            answer = gateways.Find(gateway) is { } known
                ? Checked(payment, await Call(known, operation, payment, deadline.Token))
                : GatewayAnswer.Unknown("no_such_gateway");
        }
        catch (Exception e)
        {
            // No answer is no refusal: the state is read later. The text of the exception may hold what the gateway was told.
            var timedOut = deadline.IsCancellationRequested;
            logger.LogWarning("Gateway {Gateway}: {Kind} of payment {Payment} has no known outcome ({Reason})",
                gateway, operation.Kind, operation.PaymentId, timedOut ? "timed out" : e.GetType().Name);
            answer = GatewayAnswer.Unknown(timedOut ? "timeout" : "error");
        }
        var to = operation.Kind == OperationKind.Capture ? captures : answers;
        await to.Writer.WriteAsync(new Answered(operation, answer), CancellationToken.None);
        if (Interlocked.Decrement(ref open) == options.Value.CallsMax - 1)
            calls.Now();
        if (to == answers)
            answered.Now();
        else if (Interlocked.Exchange(ref gathers, 1) == 0)
            _ = ReleaseCaptures();
    }

    // Nobody waits for a capture. Its answer is kept apart from those that somebody waits for: booking a sale takes about the
    // same however many sales are booked at once.
    private async Task ReleaseCaptures()
    {
        await Task.Delay(Gather);
        Volatile.Write(ref gathers, 0);
        while (captures.Reader.TryRead(out var one))
            answers.Writer.TryWrite(one);
        answered.Now();
    }

    private static async Task<GatewayAnswer> Call(IGateway gateway, Operation operation, GatewayPayment payment, CancellationToken ct)
    {
        // A repeated call follows one whose outcome is not known, or that was refused for now: first see what became of it.
        var isRepeated = operation is
        {
            Attempts: > 1, Kind: OperationKind.Authorize or OperationKind.Capture or OperationKind.Void,
        };
        var known = isRepeated ? await gateway.Read(payment, ct) : null;
        return operation.Kind switch
        {
            OperationKind.Authorize => known is null or { Outcome: GatewayOutcome.NotFound } ? await gateway.Authorize(payment, ct) : known,
            OperationKind.Capture => known?.Outcome switch
            {
                null or GatewayOutcome.Authorized => await gateway.Capture(payment, ct),
                GatewayOutcome.NotFound or GatewayOutcome.Voided or GatewayOutcome.Declined =>
                    new GatewayAnswer(GatewayOutcome.Refused) { Code = "authorization_lost", Permanent = true },
                _ => known,
            },
            OperationKind.Void => known?.Outcome switch
            {
                null or GatewayOutcome.Authorized or GatewayOutcome.ActionRequired or GatewayOutcome.Processing => await gateway.Void(payment, ct),
                GatewayOutcome.NotFound or GatewayOutcome.Declined => new GatewayAnswer(GatewayOutcome.Voided),
                _ => known,
            },
            OperationKind.Refund => await gateway.Refund(payment, operation.Id, operation.AmountMinor, ct),
            OperationKind.Read => await gateway.Read(payment, ct),
            OperationKind.Disputes => Checked(payment, await gateway.Disputes(payment, ct)),
            _ => throw new InvalidOperationException($"No gateway knows {operation.Kind}."),
        };
    }

    private static GatewayAnswer Checked(GatewayPayment payment, IReadOnlyList<GatewayDispute> disputes) =>
        disputes.All(d => d.Currency == payment.Currency && d.AmountMinor > 0)
            ? new GatewayAnswer(GatewayOutcome.Disputed) { Disputes = disputes }
            : GatewayAnswer.Unknown("wrong_amount");

    // An answer about another amount or currency is no answer about this payment.
    private static GatewayAnswer Checked(GatewayPayment payment, GatewayAnswer answer) =>
        (answer.AmountMinor ?? payment.AmountMinor) == payment.AmountMinor && (answer.Currency ?? payment.Currency) == payment.Currency
            ? answer
            : GatewayAnswer.Unknown("wrong_amount");
}

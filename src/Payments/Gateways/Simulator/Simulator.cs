using System.Text.Json;
using Souk.Platform;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Payments.Gateways.Simulator;

/// <summary>
/// The built-in gateway: behaves as the payment's token says (<see cref="TestTokens" />), keeps books of its own and sends
/// signed webhooks over HTTP about everything that happens without being asked. It moves no money.
/// </summary>
internal sealed class Simulator : IGateway
{
    private readonly SimulatorBooks books;
    private readonly SimulatorAddress address;
    private readonly Wakes<SendSimulatorWebhooks> wakes;
    private readonly Coalescer<GatewayPayment, Charge> begins;
    private readonly Coalescer<Guid, (Charge? Charge, bool Now)> captures;

    public Simulator(SimulatorBooks books, SimulatorAddress address, Secrets secrets, Wakes<SendSimulatorWebhooks> wakes, TimeProvider clock)
    {
        (this.books, this.address, this.wakes) = (books, address, wakes);
        Signatures = new WebhookSignatures(secrets.Key("webhook:simulator"), clock);
        begins = new(books.Begin);
        captures = new(books.Capture);
    }

    public string Name => "simulator";

    public WebhookSignatures Signatures { get; }

    public async Task<GatewayAnswer> Authorize(GatewayPayment payment, CancellationToken ct)
    {
        var charge = await begins.Call(payment).WaitAsync(ct);
        if (charge is { State: "processing", Token: TestTokens.TimeoutPaid or TestTokens.TimeoutUnpaid })
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        var answer = Answer(charge);
        return charge.Token == TestTokens.WrongAmount ? answer with { AmountMinor = charge.AmountMinor + 1 } : answer;
    }

    public async Task<GatewayAnswer> Capture(GatewayPayment payment, CancellationToken ct)
    {
        var (charge, now) = await captures.Call(payment.Id).WaitAsync(ct);
        if (now && charge!.Token == TestTokens.CaptureTimeout)
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        return charge switch
        {
            { State: "captured" } => Answer(charge),
            { State: "authorized" } => new GatewayAnswer(GatewayOutcome.Refused)
            {
                Code = "capture_refused", Detail = "The bank refuses to hand the money over.", Permanent = charge.CapturesRefused < 0,
            },
            _ => new GatewayAnswer(GatewayOutcome.Refused) { Code = "authorization_lost", Permanent = true },
        };
    }

    public async Task<GatewayAnswer> Void(GatewayPayment payment, CancellationToken ct) =>
        await books.Void(payment.Id).WaitAsync(ct) switch
        {
            null or { State: "voided" or "declined" } => new GatewayAnswer(GatewayOutcome.Voided),
            _ => new GatewayAnswer(GatewayOutcome.Refused) { Code = "already_captured", Permanent = true },
        };

    public async Task<GatewayAnswer> Refund(GatewayPayment payment, Guid key, long amountMinor, CancellationToken ct) =>
        await books.Refund(payment.Id, key, amountMinor).WaitAsync(ct)
            ? new GatewayAnswer(GatewayOutcome.Refunded)
            : new GatewayAnswer(GatewayOutcome.Refused) { Code = "refund_refused", Permanent = true };

    public async Task<GatewayAnswer> Read(GatewayPayment payment, CancellationToken ct) =>
        await books.Find(payment.Id).WaitAsync(ct) is { } charge ? Answer(charge) : new GatewayAnswer(GatewayOutcome.NotFound);

    public GatewayNotice? Verify(GatewayMessage message)
    {
        if (!Signatures.Check(message.Id, message.Timestamp, message.Signature, message.Body.Span))
            return null;
        try
        {
            var body = JsonSerializer.Deserialize<SimulatorNotice>(message.Body.Span, Json.Events);
            return body is { PaymentId: { } paymentId }
                ? new GatewayNotice(message.Id, paymentId, body.Type.StartsWith("dispute.", StringComparison.Ordinal))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<GatewayDispute>> Disputes(GatewayPayment payment, CancellationToken ct) =>
        await books.Disputes(payment.Id).WaitAsync(ct) is { } dispute ? [dispute] : [];

    /// <summary>The buyer disputes a charge that was captured. Null when that cannot be, or is done.</summary>
    public async Task<Charge?> Dispute(Guid key, long? amountMinor) =>
        await books.Dispute(key, amountMinor) ? await TellOfDispute(key, "opened") : null;

    /// <summary>The bank decides a dispute. Null when there is none that is open.</summary>
    public async Task<Charge?> DecideDispute(Guid key, bool won) =>
        await books.DecideDispute(key, won) ? await TellOfDispute(key, won ? "won" : "lost") : null;

    /// <summary>The buyer, or the bank, decided. Says so by webhook. Null when there is nothing to decide.</summary>
    public async Task<Charge?> Decide(Guid key, bool paid)
    {
        var charge = await books.Decide(key, paid ? "authorized" : "declined", paid ? null : "authentication_failed");
        if (charge is not null)
            await Tell([charge]);
        return charge;
    }

    public Task<Charge?> Find(Guid key) => books.Find(key);

    /// <summary>The settlement file of all that happened in a currency.</summary>
    public Task<string> Settlement(string currency) => books.Settlement(currency);

    /// <summary>Puts webhooks about these charges on their way.</summary>
    public async Task Tell(IReadOnlyList<Charge> charges)
    {
        if (charges.Count == 0)
            return;
        await books.AddWebhooks([.. charges.SelectMany(Webhooks)]);
        wakes.Now();
    }

    private async Task<Charge> TellOfDispute(Guid key, string what)
    {
        var charge = (await books.Find(key))!;
        var notice = new SimulatorNotice($"dispute.{what}", key, charge.AmountMinor, charge.Currency);
        await books.AddWebhooks([new SimulatorWebhook($"evt_{Guid.CreateVersion7():N}",
            JsonSerializer.Serialize(notice, Json.Events))]);
        wakes.Now();
        return charge with { State = $"dispute_{what}" };
    }

    private GatewayAnswer Answer(Charge charge) => new(charge.State switch
    {
        "processing" => GatewayOutcome.Processing,
        "requires_action" => GatewayOutcome.ActionRequired,
        "authorized" => GatewayOutcome.Authorized,
        "declined" => GatewayOutcome.Declined,
        "captured" => GatewayOutcome.Captured,
        "voided" => GatewayOutcome.Voided,
        _ => GatewayOutcome.Unknown,
    })
    {
        Reference = $"sim_{charge.Key:N}",
        AmountMinor = charge.AmountMinor,
        Currency = charge.Currency,
        Code = charge.Code,
        Detail = charge.Code is null ? null : TestTokens.Explain(charge.Code),
        Action = charge.Action,
        Url = charge.Action is null ? null : $"{address.Pages}/gateway-simulator/{charge.Action}/{charge.Key}",
        ExpiresAt = charge.ExpiresAt,
        Card = TestTokens.Card(charge.Token)?.Fingerprint,
        CardCountry = TestTokens.Card(charge.Token)?.Country,
    };

    private static IEnumerable<SimulatorWebhook> Webhooks(Charge charge)
    {
        string[] types = charge.Token is TestTokens.Shuffled
            ? [$"payment.{charge.State}", "payment.processing", "payment.created"] // As they arrive, the last one first.
            : [$"payment.{charge.State}"];
        return types.Select((type, n) => new SimulatorWebhook(
            $"evt_{Guid.CreateVersion7():N}",
            JsonSerializer.Serialize(new SimulatorNotice(type, charge.Key, charge.AmountMinor, charge.Currency), Json.Events))
        {
            Delay = n * TimeSpan.FromMilliseconds(20),
            Copies = charge.Token == TestTokens.Doubled ? 10 : 1,
        });
    }
}

/// <summary>The body of the simulator's webhooks.</summary>
internal sealed record SimulatorNotice(string Type, Guid? PaymentId, long? Amount, string? Currency);

namespace Souk.Payments.Domain;

/// <summary>What a line of a settlement is about.</summary>
internal enum SettledType
{
    /// <summary>A payment that was captured; the reference is the payment.</summary>
    Capture,

    /// <summary>Money that went back; the reference is the refund's key.</summary>
    Refund,

    /// <summary>A dispute that was lost; the reference is the gateway's name of it.</summary>
    Dispute,
}

/// <summary>Why a line does not agree with the ledger.</summary>
internal enum ExceptionReason
{
    Unknown,
    WrongAmount,
    WrongCurrency,
    SettledBefore,
    Missing,
}

/// <summary>A line of a gateway's settlement file.</summary>
internal sealed record SettlementLine(
    int Number, SettledType Type, Guid PaymentId, string Reference, long AmountMinor, long FeeMinor, string Currency,
    DateTimeOffset At)
{
    /// <summary>What it adds to the sum of the file.</summary>
    public long SignedMinor => Type == SettledType.Capture ? AmountMinor : -AmountMinor;
}

/// <summary>What the ledger has of the thing a line is about.</summary>
internal readonly record struct Booked(long AmountMinor, string Currency, bool IsSettled);

/// <summary>Something that does not agree. Amounts are as they add to the sum of a file.</summary>
internal sealed record SettlementException(
    Guid Id, int? Line, SettledType Type, Guid PaymentId, string Reference, ExceptionReason Reason, long SaidMinor,
    long ExpectedMinor);

/// <summary>A gateway's settlement file, compared with the ledger.</summary>
internal sealed class Settlement
{
    private Settlement(Guid id, IReadOnlyList<SettlementLine> lines) => (Id, Lines) = (id, lines);

    public Guid Id { get; }

    public IReadOnlyList<SettlementLine> Lines { get; }

    public string Currency => Lines[0].Currency;

    /// <summary>Lines that agree.</summary>
    public List<SettlementLine> Matched { get; } = [];

    public List<SettlementException> Exceptions { get; } = [];

    public long GrossMinor => Lines.Sum(line => line.SignedMinor);

    public long FeesMinor => Lines.Sum(line => line.FeeMinor);

    /// <summary>Compares each line with what the ledger has; of two lines about one thing the second was settled before.</summary>
    /// <param name="lines">At least one; all of one currency.</param>
    /// <param name="booked">By the numbers of the lines; what the ledger does not know is not in it.</param>
    public static Settlement Of(IReadOnlyList<SettlementLine> lines, IReadOnlyDictionary<int, Booked> booked)
    {
        var settlement = new Settlement(Guid.CreateVersion7(), lines);
        var seen = new HashSet<(SettledType, string)>();
        foreach (var line in lines)
        {
            Booked? known = booked.TryGetValue(line.Number, out var found) ? found : null;
            if (Why(line, known, isSecond: !seen.Add((line.Type, line.Reference))) is { } reason)
                settlement.Except(line, known, reason);
            else
                settlement.Matched.Add(line);
        }
        return settlement;
    }

    /// <summary>The ledger has it, and no file had it in time.</summary>
    public void Miss(SettledType type, Guid paymentId, string reference, long amountMinor) =>
        Exceptions.Add(new SettlementException(
        Guid.CreateVersion7(), Line: null, type, paymentId, reference, ExceptionReason.Missing, SaidMinor: 0,
        ExpectedMinor: type == SettledType.Capture ? amountMinor : -amountMinor));

    private static ExceptionReason? Why(SettlementLine line, Booked? known, bool isSecond) => known switch
    {
        null => ExceptionReason.Unknown,
        _ when isSecond => ExceptionReason.SettledBefore,
        { IsSettled: true } => ExceptionReason.SettledBefore,
        { } booked when booked.Currency != line.Currency => ExceptionReason.WrongCurrency,
        { } booked when booked.AmountMinor != line.AmountMinor => ExceptionReason.WrongAmount,
        _ => null,
    };

    private void Except(SettlementLine line, Booked? known, ExceptionReason reason)
    {
        // Only a wrong amount is about something that is still to be settled in this currency.
        var expected = reason == ExceptionReason.WrongAmount ? known!.Value.AmountMinor : 0;
        Exceptions.Add(new SettlementException(
            Guid.CreateVersion7(), line.Number, line.Type, line.PaymentId, line.Reference, reason, line.SignedMinor,
            line.Type == SettledType.Capture ? expected : -expected));
    }
}

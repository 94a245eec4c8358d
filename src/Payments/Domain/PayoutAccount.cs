using Souk.Platform.Db;

namespace Souk.Payments.Domain;

/// <summary>How often a seller is paid out without asking.</summary>
public enum PayoutSchedule
{
    /// <summary>Never: only when somebody asks.</summary>
    Manual,

    /// <summary>Every day, at midnight UTC.</summary>
    Daily,

    /// <summary>Every Monday.</summary>
    Weekly,

    /// <summary>On the first of every month.</summary>
    Monthly,
}

/// <summary>Where a seller's money goes.</summary>
internal sealed class PayoutAccount : IVersioned
{
    public required Guid CompanyId { get; init; }

    public required string Holder { get; set; }

    public required string Iban { get; set; }

    public string? Bic { get; set; }

    public PayoutSchedule Schedule { get; private set; }

    /// <summary>When the next payout is asked for; null when only somebody may.</summary>
    public DateTimeOffset? NextAt { get; private set; }

    public long Version { get; set; }

    /// <summary>Sets how often, and from that when the next time is.</summary>
    public void PayOut(PayoutSchedule schedule, DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        Schedule = schedule;
        NextAt = schedule switch
        {
            PayoutSchedule.Daily => today.AddDays(1),
            PayoutSchedule.Weekly => today.AddDays(7 - (((int)today.DayOfWeek + 6) % 7)),
            PayoutSchedule.Monthly => today.AddDays(1 - today.Day).AddMonths(1),
            _ => null,
        };
    }
}

/// <summary>International bank account numbers (ISO 13616).</summary>
internal static class Iban
{
    private const int LengthMin = 15;
    private const int LengthMax = 34;

    /// <summary>The number without blanks and in upper case; null when its form or its check digits are wrong.</summary>
    public static string? Read(string text)
    {
        var iban = text.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        if (iban.Length is < LengthMin or > LengthMax || !iban.All(char.IsAsciiLetterOrDigit)
            || !char.IsAsciiLetter(iban[0]) || !char.IsAsciiLetter(iban[1])
            || !char.IsAsciiDigit(iban[2]) || !char.IsAsciiDigit(iban[3]))
            return null;
        var rest = 0;
        foreach (var c in iban[4..] + iban[..4])
        {
            var value = char.IsAsciiDigit(c) ? c - '0' : c - 'A' + 10;
            rest = ((rest * (value > 9 ? 100 : 10)) + value) % 97;
        }
        return rest == 1 ? iban : null;
    }

    /// <summary>What is shown of it: enough to know one's own.</summary>
    public static string Mask(string iban) => $"{iban[..4]}…{iban[^4..]}";
}

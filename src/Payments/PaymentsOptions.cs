using System.ComponentModel.DataAnnotations;
using Souk.Contracts;

namespace Souk.Payments;

/// <summary>Settings of the payment service, read from the section <c>Payments</c> and checked at start.</summary>
internal sealed class PaymentsOptions
{
    /// <summary>The gateway that new payments go through. Default <c>simulator</c>, the only one built in.</summary>
    [Required, RegularExpression("simulator")]
    public string Gateway { get; set; } = "simulator";

    /// <summary>
    /// How long a gateway may take to answer. Then the outcome is unknown and is read later, never guessed.
    /// Default 5 s; from 0.1 s to 30 s. A longer time keeps the buyer waiting longer before the answer is 202.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan GatewayTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many calls to gateways one process has open at a time. Default 256; from 1 to 10,000.
    /// What is more waits as rows in the database.
    /// </summary>
    [Range(1, 10_000)]
    public int CallsMax { get; set; } = 256;

    /// <summary>
    /// How often a capture is tried before the order is compensated. Default 6, over about a minute; from 1 to 50.
    /// </summary>
    [Range(1, 50)]
    public int CaptureTriesMax { get; set; } = 6;

    /// <summary>
    /// Commission where no rule applies, in percent of the seller's goods. Default 10; from 0 to 100.
    /// </summary>
    [Range(0, 100)]
    public decimal CommissionPercent { get; set; } = 10;

    /// <summary>
    /// How long a suspicious payment may be reviewed. Then its order is cancelled. Default 24 hours; from 1 minute to 7 days.
    /// Longer keeps stock from others; authorisations of cards end by themselves after about a week.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan ReviewMax { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long a seller's money is held back after the delivery, so that returns come out of it. Default 14 days; from 0 to
    /// 365 days. A shorter time leaves more refunds to later sales.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan PayoutHoldback { get; set; } = TimeSpan.FromDays(14);

    /// <summary>
    /// The least that is paid out at a time, in whole units of the payout's currency: 10 is 10.00 EUR and 10 JPY. Default 10;
    /// from 0.001 to 1,000,000,000. What is less waits for more.
    /// </summary>
    [Range(0.001, 1_000_000_000)]
    public decimal PayoutMinimum { get; set; } = 10;

    /// <summary>In whose name payouts leave the bank. Default none: then no files for the bank are made.</summary>
    [StringLength(70, MinimumLength = 1)]
    public string? PayerName { get; set; }

    /// <summary>The IBAN that payouts leave from. Default none: then no files for the bank are made.</summary>
    [StringLength(34, MinimumLength = 15), RegularExpression("[A-Z]{2}[0-9]{2}[A-Z0-9]+")]
    public string? PayerIban { get; set; }

    /// <summary>
    /// Where the simulator posts its webhooks. Default: <c>/payments/webhooks/simulator</c> below <c>Souk:PublicUrl</c>.
    /// </summary>
    [Url]
    public string? SimulatorWebhookUrl { get; set; }

    /// <summary>The least that is paid out in a currency; where it has fewer digits than the setting, the next more.</summary>
    public long PayoutMinimumMinor(string currency)
    {
        var least = decimal.Round(PayoutMinimum, Currencies.Digits(currency), MidpointRounding.ToPositiveInfinity);
        return Currencies.ToMinor(least, currency)!.Value;
    }
}

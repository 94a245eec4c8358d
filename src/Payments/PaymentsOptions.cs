using System.ComponentModel.DataAnnotations;

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
    /// Where the simulator posts its webhooks. Default: <c>/payments/webhooks/simulator</c> below <c>Souk:PublicUrl</c>.
    /// </summary>
    [Url]
    public string? SimulatorWebhookUrl { get; set; }
}

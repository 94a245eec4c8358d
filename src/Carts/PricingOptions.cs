using System.ComponentModel.DataAnnotations;

namespace Souk.Carts;

/// <summary>How the marketplace prices, read from the section <c>Souk</c> and checked at start.</summary>
internal sealed class PricingOptions
{
    /// <summary>
    /// The marketplace's currency, ISO 4217, upper case: of decimals in the seeds' bodies, and of an empty cart. Default EUR.
    /// </summary>
    [RegularExpression("[A-Z]{3}")]
    public string Currency { get; set; } = "EUR";

    /// <summary>
    /// Whether prices, delivery included, contain the tax. Default true, as consumers in most countries expect; false adds
    /// the tax to every line. Orders keep what was true when they were placed.
    /// </summary>
    public bool PricesIncludeTax { get; set; } = true;

    /// <summary>
    /// How long a cart is kept after its last change. Default 30 days; from 1 hour to 400 days. Longer keeps more rows, and
    /// the personal data that buyers left in them.
    /// </summary>
    [Range(typeof(TimeSpan), "01:00:00", "400.00:00:00")]
    public TimeSpan CartKeptFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long a filled cart is left alone before it is said to be abandoned. Default 4 hours; from 10 minutes to 7 days.
    /// Shorter reminds people who are only thinking about it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:10:00", "7.00:00:00")]
    public TimeSpan CartAbandonedAfter { get; set; } = TimeSpan.FromHours(4);
}

using System.ComponentModel.DataAnnotations;

namespace Souk.Orders;

/// <summary>Settings of the order service, read from the section <c>Orders</c> and checked at start.</summary>
internal sealed class OrdersOptions
{
    /// <summary>
    /// How long the stock of an order is kept while it is being paid. Default 15 minutes; from 1 minute to 1 day.
    /// Longer keeps stock from others.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan ReserveFor { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The same for an order with a bank slip. Default 3 days; from 1 minute to 14 days. Longer keeps stock from
    /// others.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "14.00:00:00")]
    public TimeSpan ReserveForBankSlip { get; set; } = TimeSpan.FromDays(3);

    /// <summary>
    /// How long an order may be pending; after that it waits as long again, because the whole marketplace may have
    /// been away, and is then refused. Default 25 seconds; from 2 seconds to 10 minutes. Longer leaves a buyer in
    /// doubt after a crash.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")]
    public TimeSpan PendingMax { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long the money of a confirmed order may take to be captured before that counts as failed. Default 10
    /// minutes; from 10 seconds to 1 day. Longer hides a dead gateway.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan CaptureMax { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a failed capture is tried again before the order is cancelled. Default 1 day; from 10 seconds to 7
    /// days. Longer keeps stock that may never be paid.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan CaptureRetriesMax { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long after the delivery a buyer may ask to return goods. Default 30 days; from 1 day to 1 year. Longer has sellers
    /// take back older goods; the law of many countries wants at least 14 days.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan ReturnWindow { get; set; } = TimeSpan.FromDays(30);
}

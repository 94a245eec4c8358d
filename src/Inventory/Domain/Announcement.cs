namespace Souk.Inventory.Domain;

/// <summary>When a change of availability is told at once, and when it may wait for the sweep.</summary>
internal static class Announcement
{
    /// <summary>Below this every piece counts for those who decide whether to buy.</summary>
    public const long FewMax = 20;

    /// <summary>A change of more than this share of what was said last is news.</summary>
    public const long PercentMax = 5;

    /// <param name="available">Pieces that can be bought now.</param>
    /// <param name="published">What was said last; null when nothing was.</param>
    public static bool IsUrgent(long available, long? published) => published switch
    {
        null => true,
        { } said when said == available => false,
        { } said => available <= FewMax || said <= FewMax || Math.Abs(available - said) * 100 > said * PercentMax,
    };
}

using Souk.Platform.Events;

namespace Souk.UnitTests.Platform.Events;

/// <summary>What a process appended reaches its consumer in order and whole, or not at all.</summary>
public sealed class NearEndTests
{
    private const int Max = 10;
    private readonly NearEnd near = new(Max);
    private readonly List<long> taken = [];

    [Fact]
    public void Stretches_are_taken_in_the_order_of_their_positions_in_whatever_order_they_are_told()
    {
        near.Add(Stretch(4, 6));
        near.Add(Stretch(1, 3));

        Assert.Equal((true, 6), Take(after: 0));
        Assert.Equal([1, 2, 3, 4, 5, 6], taken);
    }

    [Fact]
    public void Nothing_behind_a_gap_is_taken_and_the_log_is_asked()
    {
        near.Add(Stretch(1, 2));
        near.Add(Stretch(4, 5));

        Assert.Equal((false, 2), Take(after: 0));
        Assert.Equal([1, 2], taken);
    }

    [Fact]
    public void What_the_log_has_brought_meanwhile_is_not_taken_again()
    {
        near.Add(Stretch(1, 2));
        near.Add(Stretch(3, 5));

        Assert.Equal((true, 5), Take(after: 4));
        Assert.Equal([5], taken);
    }

    [Fact]
    public void A_stretch_without_events_that_are_wanted_moves_the_position()
    {
        near.Add(new Appended(1, 7, []));

        Assert.Equal((true, 7), Take(after: 0));
        Assert.Empty(taken);
    }

    [Fact]
    public void Where_nothing_is_known_the_log_is_asked() => Assert.Equal((false, 3), Take(after: 3));

    [Fact]
    public void A_consumer_that_falls_behind_reads_from_the_log()
    {
        near.Add(Stretch(1, Max));
        near.Add(Stretch(Max + 1, Max + 2));

        Assert.Equal((false, 0), Take(after: 0));
        Assert.Equal((true, Max + 2), Take(after: Max));
        Assert.Equal([Max + 1, Max + 2], taken);
    }

    private (bool All, long Position) Take(long after)
    {
        var position = after;
        var all = near.Take(ref position, e => taken.Add(e.Pos));
        return (all, position);
    }

    private static Appended Stretch(long first, long last) =>
        new(first, last, [.. Enumerable.Range(0, (int)(last - first) + 1).Select(n => Event(first + n))]);

    private static AppendedEvent Event(long pos) => new(pos, Guid.NewGuid(), "T", Guid.NewGuid(), [], null);
}

using Souk.Platform;
using Souk.UnitTests.Platform.Security;
using Xunit;

namespace Souk.UnitTests.Platform;

/// <summary>Whoever would wait too long for a turn is known at once.</summary>
public sealed class TurnsTests
{
    private const int Count = 4;
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(1);
    private readonly TestClock clock = new();
    private readonly Turns turns;

    public TurnsTests() => turns = new Turns(Count, WaitMax, clock);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task At_the_start_a_burst_is_let_in()
    {
        var burst = Enumerable.Range(0, 100).Select(_ => turns.Take(Ct).AsTask()).ToList();

        Assert.False(turns.IsCrowded);
        foreach (var one in burst)
            (await one).Dispose();
    }

    [Fact]
    public async Task Where_a_turn_is_free_it_is_not_crowded_however_long_turns_last()
    {
        await Last(TimeSpan.FromMinutes(1));

        Assert.Equal((TimeSpan.Zero, false), (turns.ExpectedWait, turns.IsCrowded));
        (await turns.Take(Ct)).Dispose();
    }

    [Fact]
    public async Task So_many_wait_as_have_their_turn_in_time_and_then_it_is_crowded()
    {
        await Last(TimeSpan.FromMilliseconds(100));
        var taken = await TakeAll();

        // Four at a time in a tenth of a second: forty have theirs within the second.
        var waiting = Enumerable.Range(0, 39).Select(_ => turns.Take(Ct).AsTask()).ToList();
        Assert.False(turns.IsCrowded);
        waiting.Add(turns.Take(Ct).AsTask());

        Assert.True(turns.IsCrowded);
        taken[0].Dispose();
        await waiting[0];
        Assert.All(waiting.Skip(1), one => Assert.False(one.IsCompleted));
        Assert.False(turns.IsCrowded);
    }

    [Fact]
    public async Task A_few_wait_however_long_turns_last()
    {
        await Last(TimeSpan.FromMinutes(1));
        await TakeAll();

        var waiting = Enumerable.Range(0, 31).Select(_ => turns.Take(Ct).AsTask()).ToList();
        Assert.False(turns.IsCrowded);
        waiting.Add(turns.Take(Ct).AsTask());

        Assert.True(turns.IsCrowded);
    }

    [Fact]
    public async Task When_turns_are_short_again_as_many_wait_as_before()
    {
        await Last(TimeSpan.FromMinutes(1));
        await Last(TimeSpan.FromMilliseconds(1));
        await TakeAll();

        var waiting = Enumerable.Range(0, 100).Select(_ => turns.Take(Ct).AsTask()).ToList();

        Assert.All(waiting, one => Assert.False(one.IsCompleted));
        Assert.False(turns.IsCrowded);
    }

    [Fact]
    public async Task Who_gives_up_takes_no_turn()
    {
        var taken = await TakeAll();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var left = turns.Take(gone.Token).AsTask();
        var next = turns.Take(Ct).AsTask();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        taken[0].Dispose();
        await next;
    }

    private async Task<Turns.Turn[]> TakeAll()
    {
        var taken = new Turns.Turn[Count];
        for (var n = 0; n < Count; n++)
            taken[n] = await turns.Take(Ct);
        return taken;
    }

    // Enough of them that what was before no longer counts.
    private async Task Last(TimeSpan each)
    {
        for (var n = 0; n < 300; n++)
        {
            var turn = await turns.Take(Ct);
            clock.GoOn(each);
            turn.Dispose();
        }
    }
}

using Souk.Platform;

namespace Souk.UnitTests.Platform;

public sealed class RecentTests
{
    [Fact]
    public void It_forgets_the_oldest_and_never_holds_more_than_twice_its_size()
    {
        var recent = new Recent<int, int>(100);
        for (var i = 0; i < 10_000; i++)
        {
            recent.Set(i, i);
            // What is used stays, however much else comes.
            Assert.True(recent.TryGet(0, out _) || i > 0);
        }

        var held = Enumerable.Range(0, 10_000).Count(i => recent.TryGet(i, out _));
        Assert.InRange(held, 50, 200);
    }

    [Fact]
    public void It_answers_what_was_set_last()
    {
        var recent = new Recent<string, int>(10);
        recent.Set("a", 1);
        recent.Set("a", 2);

        Assert.True(recent.TryGet("a", out var value));
        Assert.Equal(2, value);
        Assert.False(recent.TryGet("b", out _));
    }
}

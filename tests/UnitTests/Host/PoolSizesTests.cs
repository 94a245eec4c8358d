using Souk.Host;

namespace Souk.UnitTests.Host;

public sealed class PoolSizesTests
{
    [Theory]
    [InlineData(297, 7, 24)] // As many as are wanted.
    [InlineData(97, 7, 12)] // What PostgreSQL allows by default: 7 × (12 + 1) + 5 = 96.
    [InlineData(40, 7, 4)]
    [InlineData(30, 1, 24)]
    public void Pools_fit_what_the_server_allows(int allowed, int services, int size)
    {
        Assert.Equal(size, PoolSizes.Choose(asked: null, services, allowed));
        Assert.True((services * (size + 1)) + 5 <= allowed);
    }

    [Fact]
    public void What_would_stand_in_its_own_way_does_not_start() => Assert.Null(PoolSizes.Choose(asked: null, 7, 39));

    [Theory]
    [InlineData(12, 97, true)]
    [InlineData(13, 97, false)]
    [InlineData(2, 97, true)]
    public void What_is_asked_for_is_taken_or_refused(int asked, int allowed, bool fits) =>
        Assert.Equal(fits ? asked : null, PoolSizes.Choose(asked, 7, allowed));
}

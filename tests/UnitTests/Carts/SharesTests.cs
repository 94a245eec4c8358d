using Souk.Carts.Domain;

namespace Souk.UnitTests.Carts;

public class SharesTests
{
    [Theory]
    [InlineData(100, new long[] { 1, 1, 1 }, new long[] { 34, 33, 33 })]
    [InlineData(100, new long[] { 0, 0 }, new long[] { 50, 50 })]
    [InlineData(5, new long[] { 0, 10, 0 }, new long[] { 0, 5, 0 })]
    [InlineData(1, new long[] { 1, 2 }, new long[] { 0, 1 })]
    [InlineData(0, new long[] { 3, 4 }, new long[] { 0, 0 })]
    public void Shares_add_up_and_follow_the_weights(long amount, long[] weights, long[] shares) =>
        Assert.Equal(shares, Shares.Of(amount, weights));

    [Fact]
    public void Amounts_whose_product_fits_no_long_are_shared_too() =>
        Assert.Equal([long.MaxValue / 2 + 1, long.MaxValue / 2], Shares.Of(long.MaxValue, [long.MaxValue, long.MaxValue]));

    [Fact]
    public void No_share_exceeds_its_weight_while_the_amount_does_not_exceed_their_sum()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            long[] weights = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.NextInt64(0, 1L << random.Next(1, 40)))];
            var amount = random.NextInt64(0, weights.Sum() + 1);
            var shares = Shares.Of(amount, weights);
            Assert.Equal(amount, shares.Sum());
            Assert.All(shares.Zip(weights), pair => Assert.InRange(pair.First, 0, pair.Second));
        }
    }
}

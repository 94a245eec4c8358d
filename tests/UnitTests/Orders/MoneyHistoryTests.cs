using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;

namespace Souk.UnitTests.Orders;

/// <summary>
/// Random histories of edits down and up, parcels, returns and refunds in JPY, EUR and BHD: 5,000 here, as many as
/// <c>SOUK_HISTORIES</c> says by command (<c>SOUK_HISTORIES=100000 ./test MoneyHistory</c>).
/// </summary>
public sealed class MoneyHistoryTests(ITestOutputHelper output)
{
    private static readonly int HistoriesMax =
        int.TryParse(Environment.GetEnvironmentVariable("SOUK_HISTORIES"), CultureInfo.InvariantCulture, out var n)
            ? n : 5_000;

    [Fact]
    public void Nothing_goes_back_beyond_what_was_paid_and_the_books_agree_at_every_step()
    {
        var (steps, refunds, added, declined) = (0, 0, 0, 0);
        var histories = Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var history = new MoneyHistory(new Random(seed));
            history.Live();
            steps += history.Steps;
            refunds += history.Refunds;
            added += history.Added;
            declined += history.Declined;
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(HistoriesMax), histories);

        output.WriteLine(
            $"{HistoriesMax} histories, {steps} steps, {refunds} refunds of lines, {added} additions, {declined} not");
        Assert.True(steps > HistoriesMax && refunds > HistoriesMax / 4);
        Assert.True(added > HistoriesMax / 4 && declined > HistoriesMax / 10);
    }

    [Theory]
    [InlineData(3, 1000, 1, 0, true)]
    [InlineData(7, 999, 13, 100, false)]
    [InlineData(1, 0, 0, 5, true)]
    [InlineData(500, 1, 499, 3, false)]
    public void Pieces_one_by_one_are_the_line(int quantity, long price, long discount, long delivery, bool included)
    {
        var items = (price * quantity) - discount + delivery;
        var tax = items * 19 / (included ? 119 : 100);
        var line = OrderLine.Of(Guid.Empty, Guid.Empty, 0, new OrderedLine(
            Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, "SKU", "Lamp", quantity, price,
            discount, 0,
            delivery, tax, included ? items : items + tax, "standard", []));

        var back = Enumerable.Range(
            0, quantity).Select(n => LineRefund.Of(line, n, 1, delivery: true, included)).ToArray();

        Assert.Equal(line.TotalMinor, back.Sum(piece => piece.TotalMinor));
        Assert.Equal(line.TaxMinor, back.Sum(piece => piece.TaxMinor));
        Assert.Equal(LineRefund.Of(line, 0, quantity, delivery: true, included).TotalMinor, line.TotalMinor);
        Assert.True(back.Max(piece => piece.TotalMinor) - back.Min(piece => piece.TotalMinor) <= 4);
    }

    [Fact]
    public void Without_the_delivery_only_the_goods_and_their_tax_go_back()
    {
        var line = OrderLine.Of(Guid.Empty, Guid.Empty, 0, new OrderedLine(
            Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, "SKU", "Lamp", 2, 1000, 0, 0, 200,
            220, 2420,
            "standard", []));

        Assert.Equal(
            new LineRefund(2, 2200, 0, 200), LineRefund.Of(line, 0, 2, delivery: false, pricesIncludeTax: false));
        Assert.Equal(
            new LineRefund(1, 1210, 100, 110), LineRefund.Of(line, 1, 1, delivery: true, pricesIncludeTax: false));
    }
}

using Souk.Payments;
using Souk.Payments.Domain;
using Souk.Platform.Http;

namespace Souk.UnitTests.Payments;

public sealed class SettlementTests
{
    private const string Header = "type,payment,reference,amount,fee,currency,at\n";
    private static readonly Guid Payment = Guid.CreateVersion7();

    [Theory]
    [InlineData(100, "EUR", false, null)]
    [InlineData(99, "EUR", false, ExceptionReason.WrongAmount)]
    [InlineData(100, "USD", false, ExceptionReason.WrongCurrency)]
    [InlineData(100, "EUR", true, ExceptionReason.SettledBefore)]
    public void A_line_agrees_or_says_why_not(long amount, string currency, bool settled, object? reason)
    {
        var settlement = Settlement.Of([Line(2, SettledType.Capture, "a", 100)], new Dictionary<int,
            Booked> { [2] = new(amount, currency, settled) });

        Assert.Equal((ExceptionReason?)reason, settlement.Exceptions.SingleOrDefault()?.Reason);
        Assert.Equal(reason is null ? 1 : 0, settlement.Matched.Count);
        Balances(Journal.Settlement(settlement));
    }

    [Fact]
    public void The_journal_takes_the_sum_to_the_bank_and_what_is_not_found_nowhere()
    {
        var settlement = Settlement.Of(
        [
            Line(2, SettledType.Capture, "a", 1000, fee: 20), Line(3, SettledType.Refund, "b", 300),
            Line(4, SettledType.Dispute, "c", 50),
            Line(5, SettledType.Capture, "unknown", 7), Line(6, SettledType.Capture, "a", 1000, fee: 20),
        ],
        new Dictionary<int, Booked> { [2] = new(1000, "EUR", false), [3] = new(300, "EUR", false),
            [4] = new(50, "EUR", false), [6] = new(1000, "EUR", false) });

        Assert.Equal([ExceptionReason.Unknown, ExceptionReason.SettledBefore],
            settlement.Exceptions.Select(e => e.Reason));
        var journal = Journal.Settlement(settlement);
        Balances(journal);
        Assert.Equal((1617, 40, -650, -1007), (Of(journal, Accounts.Bank), Of(journal, Accounts.GatewayFees),
            Of(journal, Accounts.GatewayClearing), Of(journal, Accounts.Unreconciled)));
    }

    [Theory]
    [InlineData(7, 0)]
    [InlineData(0, 1000)]
    [InlineData(0, -300)]
    [InlineData(980, 1000)]
    [InlineData(-310, -300)]
    public void What_is_accepted_leaves_nothing_open(long said, long expected)
    {
        var journal = Journal.Accepted(Guid.CreateVersion7(), Guid.CreateVersion7(), said, expected);

        Balances(journal);
        Assert.Equal((said, -expected, expected - said),
            (Of(journal, Accounts.Unreconciled), Of(journal, Accounts.GatewayClearing),
            Of(journal, Accounts.ReconciliationDifferences)));
    }

    [Fact]
    public void A_file_is_read_whatever_the_order_of_its_columns()
    {
        var lines = SettlementCsv.Read(
            $"at,currency,type,fee,amount,reference,payment\n2026-11-22T10:00:00Z,BHD,refund,0,1.005,\"r 1\",{Payment}\n");

        var line = Assert.Single(lines);
        Assert.Equal((SettledType.Refund, "r 1", 1005L, 0L, "BHD", -1005L),
            (line.Type, line.Reference, line.AmountMinor, line.FeeMinor, line.Currency, line.SignedMinor));
    }

    [Theory]
    [InlineData("", "/lines/1")]
    [InlineData("type,payment\n", "/lines/1")]
    [InlineData(Header, "/lines/2")]
    [InlineData(Header + "payout,ID,x,1,0,EUR,2026-11-22T10:00:00Z\n", "/lines/2/type")]
    [InlineData(Header + "capture,1,x,1,0,EUR,2026-11-22T10:00:00Z\n", "/lines/2/payment")]
    [InlineData(Header + "capture,ID,,1,0,EUR,2026-11-22T10:00:00Z\n", "/lines/2/reference")]
    [InlineData(Header + "capture,ID,x,-1,0,EUR,2026-11-22T10:00:00Z\n", "/lines/2/amount")]
    [InlineData(Header + "capture,ID,x,0,0,EUR,2026-11-22T10:00:00Z\n", "/lines/2/amount")]
    [InlineData(Header + "capture,ID,x,1.001,0,EUR,2026-11-22T10:00:00Z\n", "/lines/2/amount")]
    [InlineData(Header + "capture,ID,x,1e3,0,EUR,2026-11-22T10:00:00Z\n", "/lines/2/amount")]
    [InlineData(Header + "capture,ID,x,1,0.1,JPY,2026-11-22T10:00:00Z\n", "/lines/2/fee")]
    [InlineData(Header + "capture,ID,x,1,0,XXX,2026-11-22T10:00:00Z\n", "/lines/2/currency")]
    [InlineData(Header + "capture,ID,x,1,0,EUR,yesterday\n", "/lines/2/at")]
    [InlineData(Header + "capture,ID,x,1,0,EUR,2026-11-22T10:00:00Z\ncapture,ID,y,1,0,USD,2026-11-22T10:00:00Z\n",
        "/lines/3/currency")]
    public void A_wrong_file_is_refused_and_says_where(string file, string pointer)
    {
        var refused = Assert.Throws<RuleException>(() =>
            SettlementCsv.Read(file.Replace("ID", Payment.ToString(), StringComparison.Ordinal)));

        Assert.Equal(422, refused.Status);
        Assert.Equal(pointer, Assert.Single(refused.Errors).Pointer);
    }

    private static SettlementLine Line(int number, SettledType type, string reference, long amount, long fee = 0) =>
        new(number, type, Payment, reference, amount, fee, "EUR", DateTimeOffset.UnixEpoch);

    private static void Balances(Journal journal) => Assert.Equal(0, journal.Entries.Sum(entry => entry.AmountMinor));

    private static long Of(Journal journal, string account) =>
        journal.Entries.Where(e => e.Account == account).Sum(e => e.AmountMinor);
}

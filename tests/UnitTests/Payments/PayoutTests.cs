using System.Globalization;
using Souk.Payments;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using static Souk.Payments.Domain.PayoutStatus;

namespace Souk.UnitTests.Payments;

public sealed class PayoutTests
{
    private static readonly PayoutAccount Account = new()
    {
        CompanyId = Guid.CreateVersion7(), Holder = "Oak and Lamp", Iban = "DE89370400440532013000",
    };

    // Written by hand, not read from Payout: a test that reads the table would agree with any mistake in it.
    private static readonly HashSet<(PayoutStatus, PayoutStatus)> Allowed =
        [(Requested, Approved), (Requested, Cancelled), (Approved, Sent), (Approved, Failed), (Approved, Cancelled),
            (Sent, Failed)];

    [Fact]
    public void A_payout_makes_the_allowed_moves_and_refuses_all_others()
    {
        foreach (var from in Enum.GetValues<PayoutStatus>())
        foreach (var to in Enum.GetValues<PayoutStatus>())
            Assert.Equal(Allowed.Contains((from, to)), PayoutThatIs(from).Can(to));
    }

    [Fact]
    public void A_refused_move_changes_nothing()
    {
        var payout = PayoutThatIs(Cancelled);

        Assert.Equal("payout_move", Assert.Throws<RuleException>(() =>
            payout.Send("T1", DateTimeOffset.UnixEpoch)).Code);

        Assert.Equal((Cancelled, null, null), (payout.Status, payout.Reference, payout.SentAt));
    }

    [Fact]
    public void Refunds_eat_up_what_is_due()
    {
        Assert.Null(Payout.Of(Account, "EUR", [], DateTimeOffset.UnixEpoch));
        Assert.Null(Payout.Of(Account, "EUR",
            [new(Guid.CreateVersion7(), 100, 0), new(Guid.CreateVersion7(), -80, -20)], DateTimeOffset.UnixEpoch));
        Assert.Equal(1, Payout.Of(
            Account, "EUR", [new(Guid.CreateVersion7(), 100, 1), new(Guid.CreateVersion7(), -120, 20)],
            DateTimeOffset.UnixEpoch)!.AmountMinor);
    }

    [Theory]
    [InlineData("10", "EUR", 1000)]
    [InlineData("10", "JPY", 10)]
    [InlineData("10", "BHD", 10_000)]
    [InlineData("2.5", "JPY", 3)]
    [InlineData("0.001", "EUR", 1)]
    [InlineData("0.001", "BHD", 1)]
    [InlineData("1000000000", "BHD", 1_000_000_000_000)]
    public void The_least_that_is_paid_out_is_said_in_units_of_the_currency(
        string setting, string currency, long minor) =>
        Assert.Equal(minor, new PaymentsOptions { PayoutMinimum = decimal.Parse(setting, CultureInfo.InvariantCulture) }
            .PayoutMinimumMinor(currency));

    [Theory]
    [InlineData("DE89 3704 0044 0532 0130 00", "DE89370400440532013000")]
    [InlineData("gb29nwbk60161331926819", "GB29NWBK60161331926819")]
    [InlineData("FR1420041010050500013M02606", "FR1420041010050500013M02606")]
    [InlineData("DE88370400440532013000", null)]
    [InlineData("DE8937040044053201300", null)]
    [InlineData("DE89-3704-0044-0532-0130-00", null)]
    [InlineData("89DE370400440532013000", null)]
    [InlineData("", null)]
    public void An_iban_is_read_or_refused(string text, string? iban) => Assert.Equal(iban, Iban.Read(text));

    [Theory]
    [InlineData(PayoutSchedule.Daily, "2026-11-22T23:59:59Z", "2026-11-23")]
    [InlineData(PayoutSchedule.Weekly, "2026-11-22T10:00:00Z", "2026-11-23")] // A Sunday.
    [InlineData(PayoutSchedule.Weekly, "2026-11-23T00:00:00Z", "2026-11-30")]
    [InlineData(PayoutSchedule.Monthly, "2026-12-31T10:00:00Z", "2027-01-01")]
    [InlineData(PayoutSchedule.Monthly, "2024-02-29T01:00:00+02:00", "2024-03-01")]
    public void The_next_time_follows_from_the_schedule(PayoutSchedule schedule, string now, string next)
    {
        var account = new PayoutAccount { CompanyId = Guid.CreateVersion7(), Holder = "A", Iban = "B" };

        account.PayOut(schedule, DateTimeOffset.Parse(now, CultureInfo.InvariantCulture));

        Assert.Equal(next + "T00:00:00Z", account.NextAt!.Value.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'",
            CultureInfo.InvariantCulture));
    }

    private static Payout PayoutThatIs(PayoutStatus status)
    {
        var payout = Payout.Of(Account, "EUR", [new(Guid.CreateVersion7(), 90, 10)], DateTimeOffset.UnixEpoch)!;
        if (status is Approved or Sent)
            payout.Approve(DateTimeOffset.UnixEpoch);
        if (status == Sent)
            payout.Send("T1", DateTimeOffset.UnixEpoch);
        if (status == Cancelled)
            payout.Cancel("no", DateTimeOffset.UnixEpoch);
        if (status == Failed)
        {
            payout.Approve(DateTimeOffset.UnixEpoch);
            payout.Fail("no", DateTimeOffset.UnixEpoch);
        }
        return payout;
    }
}

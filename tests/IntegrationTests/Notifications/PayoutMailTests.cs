using System.Text.Json;
using Souk.Contracts.Payments;
using Souk.Notifications.Events;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Notifications;

/// <summary>What sellers hear of their money.</summary>
public class PayoutMailTests(NotificationsAlone souk)
{
    [Fact]
    public async Task Who_may_see_a_companys_payments_hears_of_its_payouts_in_their_language_until_they_had_enough()
    {
        var ((anna, annas), (bo, bos), (clerk, clerks)) = (souk.Person("Anna"), souk.Person("Bo", "de"), souk.Person());
        var company = souk.Company(anna, bo, clerk);
        souk.MayNot(clerk, "payments.read");

        await souk.Run((_, queue) => new OnPayoutMoved(queue).Handle(
            [new PayoutSent(Guid.CreateVersion7(), company, "EUR", 123456)], Ct));
        Assert.Equal("1234.56 EUR are on their way to you", Subject(Assert.Single(await souk.Mails(annas, 1))));
        Assert.Equal("1234,56 EUR sind unterwegs zu Ihnen", Subject(Assert.Single(await souk.Mails(bos, 1))));

        await Post(souk.As(bo), "/notifications/unsubscribe", new { kind = "payouts" }, 200);
        await souk.Run((_, queue) => new OnPayoutMoved(queue).Handle(
            [new PayoutFailed(Guid.CreateVersion7(), company, "JPY", 5000)], Ct));
        Assert.Contains("We could not pay out 5000 JPY to you", (await souk.Mails(annas, 2)).Select(Subject));
        await Eventually(async () => Assert.Equal(["sent", "sent", "sent", "skipped"], await souk.Query(
            "select status from notifications.mails where company_id = $1 order by status", row => row.GetString(0),
            company)));
        await souk.Mails(bos, 1);
        await souk.Mails(clerks, 0);
    }

    [Fact]
    public async Task The_inbox_of_a_company_shows_its_payouts_to_those_who_may_see_its_payments()
    {
        var (seller, _) = souk.Person();
        var company = souk.Company(seller);
        await souk.Run((_, queue) => new OnPayoutMoved(queue).Handle(
            [new PayoutSent(Guid.CreateVersion7(), company, "BHD", 1500)], Ct));

        var told = Assert.Single(
            (await Get(souk.Member(seller, company, "payments.read"), "/notifications")).GetProperty("data").EnumerateArray());
        Assert.Equal(
            ("1.500 BHD are on their way to you", "payouts"),
            (told.GetProperty("title").GetString(), told.GetProperty("kind").GetString()));
        Assert.Empty(
            (await Get(souk.As(seller, company), "/notifications")).GetProperty("data").EnumerateArray());
    }

    private static string Subject(JsonElement mail) => mail.GetProperty("subject").GetString()!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}

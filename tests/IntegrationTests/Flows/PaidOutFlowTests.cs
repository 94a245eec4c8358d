using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.IntegrationTests.Payments;

namespace Souk.IntegrationTests.Flows;

/// <summary>How a seller gets their money, from the sale to the bank.</summary>
[Trait("Shape", "both")]
public sealed class PaidOutFlowTests(SoukServer souk)
{
    private readonly Street street = new(souk.Client, souk.Approve);

    [Fact]
    public async Task A_seller_is_paid_out_what_was_delivered_when_it_is_held_back_no_longer()
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(5000, 5);
        await street.OnSale(lamp);
        var guest = street.Guest();
        var order = await guest.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1));
        guest.Holding(order);
        await Eventually(async () => await stall.Moves(order.Id(), "shipped"));
        await stall.Moves(order.Id(), "delivered");
        using var account = await stall.Http.PutAsJsonAsync(
            $"/payout-accounts/{stall.CompanyId}",
            new { holder = "Stall", iban = "DE89370400440532013000", schedule = "manual" },
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, account.StatusCode);

        await Eventually(async () => Assert.Equal(1, await souk.Value<long>(
            "select count(*) from payments.earnings where order_id = $1", order.Id())));
        var owed = (await Balance(stall)).Balance;
        Assert.Equal((owed, 0), await Balance(stall));
        Assert.Equal("nothing_to_pay_out", (await Ask(stall)).Code);

        // Held back for 14 days after the delivery, by the clock of the database.
        await Pass("13 days 23 hours", order);
        Assert.Equal((owed, 0), await Balance(stall));
        Assert.Equal("nothing_to_pay_out", (await Ask(stall)).Code);
        await Pass("1 hour", order);
        Assert.Equal((owed, owed), await Balance(stall));
        var payout = (await Ask(stall)).Body;
        Assert.Equal(owed, payout.Minor("amount"));
        var finance = await souk.Staff("finance");
        await finance.Send($"/payouts/{payout.Id()}/approve", new { });
        await finance.Send($"/payouts/{payout.Id()}/sent", new { reference = "T-1" });

        Assert.Equal((0, 0), await Balance(stall));
        Assert.Equal("sent", (await stall.Http.Read($"/payouts/{payout.Id()}")).Text("status"));
        var euros = $"{owed / 100}.{owed % 100:00} EUR";
        await stall.Http.Hears($"{euros} are on their way to you");

        // The bank pays it back: its seller hears that too.
        await finance.Send($"/payouts/{payout.Id()}/fail", new { reason = "account closed" });
        await stall.Http.Hears($"We could not pay out {euros} to you");
        Assert.Equal((owed, owed), await Balance(stall));
    }

    // Time goes by for this order alone.
    private Task Pass(string time, JsonElement order) => souk.Execute(
        "update payments.earnings set releases_at = releases_at - $2::interval where order_id = $1", order.Id(), time);

    private static Task<Answer> Ask(Stall stall) =>
        stall.Http.Post("/payouts", new { company_id = stall.CompanyId, currency = "EUR" });

    private static async Task<(long Balance, long Available)> Balance(Stall stall)
    {
        var one = Assert.Single((await stall.Http.Read("/balances")).GetProperty("data").EnumerateArray());
        return (one.Minor("balance"), one.Minor("available"));
    }
}

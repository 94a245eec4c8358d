using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Split;

/// <summary>Five processes on one PostgreSQL trade as one does.</summary>
public sealed class TradeTests(ITestOutputHelper output)
{
    private static readonly (string, string?) Card = ("card", "tok_success");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Processes_with_different_roles_and_two_replicas_trade()
    {
        await using var market = await SplitMarket.Open();
        var street = new Street(() => market.Client());
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 1000);
        await street.OnSale(lamp);

        await Either_replica_of_carts_answers_the_checkout(market, lamp);
        await A_retry_at_the_other_replica_gets_the_same_answer(market, lamp);
        await A_buyer_sees_and_the_seller_ships(market, street, stall, lamp);
        await Who_signs_out_is_out_everywhere(street);
        await Without_notices_a_poll_finds_the_answer(market, lamp);
        await Nobody_answers_for_a_neighbour_that_is_gone(market, street);
        await What_they_stored_agrees(market);
    }

    // One of the two consumes for carts; the request that waits at the other is answered all the same.
    private async Task Either_replica_of_carts_answers_the_checkout(SplitMarket market, Guid lamp)
    {
        for (var n = 0; n < 20; n++)
        {
            var started = Stopwatch.GetTimestamp();
            var order = await market.Client(carts: n % 2).Buys(HttpStatusCode.Created, Card, (lamp, 1));
            output.WriteLine($"replica {n % 2}: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
            Assert.Equal("confirmed", order.Text("status"));
        }
    }

    private static async Task A_retry_at_the_other_replica_gets_the_same_answer(SplitMarket market, Guid lamp)
    {
        var key = Guid.CreateVersion7().ToString();
        var both = await Task.WhenAll(
            market.Client(carts: 0).Order(key, [(lamp, 2)], Ct, Card),
            market.Client(carts: 1).Order(key, [(lamp, 2)], Ct, Card));

        Assert.All(both, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(await both[0].Content.ReadAsStringAsync(Ct), await both[1].Content.ReadAsStringAsync(Ct));
        Assert.Single(both, answer => answer.Headers.Contains("Idempotent-Replayed"));
    }

    private static async Task A_buyer_sees_and_the_seller_ships(
        SplitMarket market, Street street, Stall stall, Guid lamp)
    {
        var buyer = await street.Buyer();
        var order = await buyer.Buys(HttpStatusCode.Created, Card, (lamp, 1));

        // Orders asks carts for the contact: the buyer's own is shown.
        var seen = await buyer.Read($"/orders/{order.Id()}");
        Assert.Contains("ada@example.com", seen.GetRawText(), StringComparison.Ordinal);
        await Eventually(async () => await stall.Moves(order.Id(), "shipped"));
        await Eventually(async () =>
            Assert.Equal("shipped", (await buyer.Read($"/orders/{order.Id()}")).Text("status")));
        // The mails went out: notifications asked identity and carts to whom.
        await Eventually(async () => Assert.Contains(
            "ada@example.com", await market.Front.Client().GetStringAsync("/mailbox", Ct), StringComparison.Ordinal));
    }

    private static async Task Who_signs_out_is_out_everywhere(Street street)
    {
        var buyer = await street.Buyer();
        await buyer.Read("/orders");

        using var left = await buyer.PostAsync("/auth/logout", null, Ct);

        Assert.True(left.IsSuccessStatusCode);
        await Eventually(async () =>
        {
            using var refused = await buyer.GetAsync("/orders", Ct);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        });
    }

    private static async Task Without_notices_a_poll_finds_the_answer(SplitMarket market, Guid lamp)
    {
        var ended = await market.Database.Rows("""
            select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and application_name like 'souk-notices-%'
            """, row => row.GetBoolean(0));
        Assert.Equal(5, ended.Count);

        foreach (var replica in new[] { 0, 1 })
            await market.Client(carts: replica).Buys(HttpStatusCode.Created, Card, (lamp, 1));
    }

    private static async Task Nobody_answers_for_a_neighbour_that_is_gone(SplitMarket market, Street street)
    {
        var buyer = await street.Buyer();
        await buyer.Read("/orders");
        await market.Front.Kill();

        // Tokens are checked with the keys that are known; what is new to carts only catalog could tell.
        await buyer.Read("/orders");
        using var refused = await BuyUnknown(market);
        var problem = await Answers.Body(refused, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("neighbour_unreachable", problem.Text("code"));
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.NotNull(refused.Headers.RetryAfter);

        await market.Front.Start();
        await Eventually(async () => Assert.Equal(HttpStatusCode.Conflict, (await BuyUnknown(market)).StatusCode));
    }

    private static Task<HttpResponseMessage> BuyUnknown(SplitMarket market) =>
        market.Client().Order(Guid.CreateVersion7().ToString(), [(Guid.CreateVersion7(), 1)], Ct, Card);

    private async Task What_they_stored_agrees(SplitMarket market)
    {
        await using var auditing = new SoukProcess(market.Database.Owner);
        var (exitCode, report) = await auditing.Command("verify");
        output.WriteLine(report);
        Assert.Equal(0, exitCode);
        Assert.Equal(0, await market.Carts[0].Stop());
    }
}

using System.Net;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// P15: the checkouts themselves are what is slow, as on a disk that is at its end, and more of them come than their service can
/// take. Those that had their turn are acknowledged, because what finishes them does not stand in their queue; the others are
/// refused, and come again.
/// </summary>
public sealed class SlowCheckoutsTests(ITestOutputHelper output)
{
    // Each holds a connection for a second: far more than the pool lets through.
    private const int PoolSize = 4;
    private const int PerSecond = 32;
    private const int Orders = 7 * PerSecond;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_taken_is_acknowledged_although_many_queue_behind_it()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings)
        {
            ["Souk:PoolSizeMax"] = $"{PoolSize}", ["Souk:Http:AnswerWait"] = "00:00:05", ["Souk:Http:WriteDeadline"] = "00:00:20",
            ["Orders:PendingMax"] = "00:10:00",
        });
        await souk.Start();
        var street = new Street(souk.Client);
        var lamp = await (await street.Seller()).Sells(1000, 1000);
        await street.OnSale(lamp);
        var buyer = await street.Buyer();
        await Slow(database);

        var answers = await Task.WhenAll(Enumerable.Range(0, Orders).Select(async n =>
        {
            await Task.Delay(TimeSpan.FromSeconds(n / (double)PerSecond), Ct);
            return await Buy(buyer, lamp, n);
        }));

        var acknowledged = answers.Count(answer => answer.IsDone);
        var taken = (await database.Rows("select count(*) from carts.log where type = 'CheckoutStarted'", row => row.GetInt64(0))).Single();
        output.WriteLine($"{TimedAnswer.Summary(answers)}; {taken} taken, {acknowledged} of them acknowledged");
        Assert.All(answers, answer => Assert.True(answer.IsDone || answer.IsRefusal, $"{answer}"));
        Assert.True(acknowledged > 0);
        Assert.Equal(taken, acknowledged);
        await database.Rows("drop trigger slow on carts.idempotency", _ => 0);
        var refused = Array.FindLastIndex(answers, answer => answer.IsRefusal);
        Assert.Equal(HttpStatusCode.Created, (await Buy(buyer, lamp, refused)).Status);
    }

    private static async Task Slow(TestDatabase database) => await database.Rows("""
        create schema slow;
        create function slow.wait() returns trigger language plpgsql as $$
        begin
            perform pg_sleep(1);
            return new;
        end $$;
        create trigger slow before insert on carts.idempotency for each row execute function slow.wait();
        grant usage on schema slow to public;
        """, _ => 0);

    private static Task<TimedAnswer> Buy(HttpClient buyer, Guid lamp, int n) =>
        TimedAnswer.OfOrder(buyer, $"order-{n}", lamp);
}

using System.Collections.Concurrent;
using System.Net;
using Npgsql;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Split;

/// <summary>Who is alone tells nobody; who is not tells what the others listen to. The test is the other process.</summary>
public sealed class NoticeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task News_is_told_where_somebody_listens_and_nowhere_else()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, Street.Settings);
        await souk.Start();
        await using var ear = new NpgsqlConnection(database.Owner);
        await ear.OpenAsync(Ct);
        var heard = new ConcurrentQueue<string[]>();
        ear.Notification += (_, notice) => heard.Enqueue(notice.Payload.Split(' '));
        await Execute(ear, "listen souk; listen souk_test");
        var street = new Street(souk.Client);
        var lamp = await (await street.Seller()).Sells(1000, 100);
        await street.OnSale(lamp);

        Assert.Empty(await Hears());

        // The other process is greeted back, then told of what it listens to: orders, and answers that carts stores.
        await Execute(ear, "notify souk, 'hello test orders'");
        await Eventually(async () => Assert.Contains(
            await Hears(), words => words is ["here", _, var topics] && topics.Split(',').Contains("carts/answers")));
        await Buy();
        await Eventually(async () => Assert.Contains(
            await Hears(), words => words is ["news", _, "orders", var types] && types.Contains("OrderConfirmed")));
        Assert.DoesNotContain(heard, words => words is ["news", _, not "orders", ..]);

        // Who listens to more says so. The buyer was answered in the process itself: that is not news.
        await Execute(ear, "notify souk, 'here test carts,carts/answers'");
        await Eventually(async () =>
        {
            await Buy();
            Assert.Contains(await Hears(), words => words is ["news", _, "carts", "CheckoutStarted"]);
        });
        Assert.DoesNotContain(heard, words => words is ["news", _, "carts/answers", ..]);

        // Words of strangers change nothing, and who leaves is told nothing more.
        await Execute(
            ear, "notify souk, 'rubbish'; notify souk, ''; notify souk, 'news test carts'; notify souk, 'bye test'");
        await Eventually(async () =>
        {
            await Hears();
            heard.Clear();
            await Buy();
            Assert.Empty(await Hears());
        });
        Assert.Equal(0, await souk.Stop());

        async Task Buy() => await souk.Client().Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1));

        // What was notified before an answer comes with it. What is under way in the process needs a moment more.
        async Task<string[][]> Hears()
        {
            await Task.Delay(100, Ct);
            await Execute(ear, "select 1");
            return [.. heard.Where(words => words is not [_, "test", ..])];
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}

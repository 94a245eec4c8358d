using System.Diagnostics;
using System.Net;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// P15: orders and searches come as fast as they are taken, and then four times as fast, whether those before them were answered or
/// not. What is not refused is right, and when the load is over it serves as before. How fast that is, is printed.
/// </summary>
[Collection("crashes")]
public sealed class GoodputTests(ITestOutputHelper output)
{
    private const int Clients = 16;

    // Of each so many requests one is an order; the others search for what nobody has searched for.
    private const int OrderOfEach = 4;
    private const string Orders = "POST /orders";
    private const string Searches = "GET /products";
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(3);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Four_times_the_peak_is_survived()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings)
        {
            ["Souk:Http:ReadDeadline"] = "00:00:03", ["Souk:Http:WriteDeadline"] = "00:00:10",
            ["Souk:Http:AnswerWait"] = "00:00:05", ["Orders:PendingMax"] = "00:10:00",
        });
        await souk.Start();
        var street = new Street(() => new HttpClient { BaseAddress = souk.Url, Timeout = TimeSpan.FromMinutes(2) });
        var lamp = await (await street.Seller()).Sells(1000, 100_000);
        await street.OnSale(lamp);
        var buyer = await street.Buyer();

        // The first second is that of the compiler.
        await Closed(buyer, lamp, TimeSpan.FromSeconds(1));
        var closed = await Closed(buyer, lamp, Lasts);
        var peak = closed.Answers.Length / closed.Took.TotalSeconds;
        Print("peak", closed);
        var idle = souk.Memory;
        var answers = new List<TimedAnswer>(closed.Answers);
        foreach (var times in (int[])[1, 4])
        {
            var load = await Open(buyer, lamp, times * peak, souk);
            var ended = Stopwatch.GetTimestamp();
            await Eventually(async () =>
            {
                Assert.Equal(HttpStatusCode.Created, (await Ask(buyer, lamp, order: true)).Status);
                Assert.Equal(HttpStatusCode.OK, (await Ask(buyer, lamp, order: false)).Status);
            });
            Print($"{times}x", load);
            output.WriteLine(
                $"     normal {Stopwatch.GetElapsedTime(ended).TotalSeconds:0.00} s after the last answer; "
                + $"memory {idle / 1e6:0} MB after the peak, {load.MemoryMax / 1e6:0} MB at most");
            answers.AddRange(load.Answers);
        }

        // Where there are more connections than may be held, nobody is there to say so but the log.
        var unanswered = answers.Count(answer => answer.Status == 0);
        var rejected = souk.Output.Split("the maximum number of concurrent connections has been reached").Length - 1;
        output.WriteLine($"{unanswered} connections were closed without an answer; the log knows of {rejected}");
        Assert.True(unanswered <= rejected, souk.Output[^Math.Min(souk.Output.Length, 4000)..]);
        var wrong = answers.Where(answer => !(answer.IsDone || answer.IsRefusal || answer.Status == 0));
        Assert.Empty(wrong);
        await Eventually(async () => Assert.Equal(
            ["confirmed"], await database.Rows("select distinct status from orders.orders", row => row.GetString(0))));
        var confirmed = (await database.Rows("select count(*) from orders.orders", row => row.GetInt64(0))).Single();
        var acknowledged = answers.Count(answer => answer is { IsDone: true, Kind: Orders });
        output.WriteLine($"{acknowledged} orders acknowledged under load, {confirmed} confirmed in all");
        Assert.True(confirmed >= acknowledged);
        var (exit, verified) = await souk.Command("verify");
        Assert.True(exit == 0, verified);
    }

    // Each client asks when it has its answer.
    private static async Task<Load> Closed(HttpClient buyer, Guid lamp, TimeSpan lasts)
    {
        var began = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            var mine = new List<TimedAnswer>();
            while (Stopwatch.GetElapsedTime(began) < lasts)
                mine.Add(await Ask(buyer, lamp, order: mine.Count % OrderOfEach == 0));
            return mine;
        }));
        return new Load([.. answers.SelectMany(mine => mine)], lasts, Stopwatch.GetElapsedTime(began), 0);
    }

    // They come at this rate, whatever becomes of those before them.
    private static async Task<Load> Open(HttpClient buyer, Guid lamp, double perSecond, SoukProcess souk)
    {
        var began = Stopwatch.GetTimestamp();
        var asked = new List<Task<TimedAnswer>>();
        var memory = souk.Memory;
        while (Stopwatch.GetElapsedTime(began) is var elapsed && elapsed < Lasts)
        {
            while (asked.Count < elapsed.TotalSeconds * perSecond)
                asked.Add(Ask(buyer, lamp, order: asked.Count % OrderOfEach == 0));
            memory = Math.Max(memory, souk.Memory);
            await Task.Delay(10, Ct);
        }
        var sent = Stopwatch.GetElapsedTime(began);
        var all = Task.WhenAll(asked);
        while (!all.IsCompleted)
        {
            memory = Math.Max(memory, souk.Memory);
            await Task.WhenAny(all, Task.Delay(100, Ct));
        }
        return new Load(await all, sent, Stopwatch.GetElapsedTime(began), memory);
    }

    private static async Task<TimedAnswer> Ask(HttpClient buyer, Guid lamp, bool order)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            return await (order
                ? TimedAnswer.OfOrder(buyer, Guid.CreateVersion7().ToString(), lamp)
                : TimedAnswer.Of(Searches, () => buyer.GetAsync($"/products?q={Guid.CreateVersion7():N}", Ct)));
        }
        catch (HttpRequestException)
        {
            var took = Stopwatch.GetElapsedTime(began);
            return new TimedAnswer(order ? Orders : Searches, 0, "closed", SaysWhen: false, took);
        }
    }

    private void Print(string name, Load load)
    {
        var good = load.Answers.Count(answer => answer.IsDone);
        output.WriteLine(
            $"{name,-4} {load.Answers.Length / load.Sent.TotalSeconds:0} requests/s sent, "
            + $"{good / load.Took.TotalSeconds:0}/s answered well, all of them in {load.Took.TotalSeconds:0.0} s");
        foreach (var kind in load.Answers.GroupBy(answer => answer.Kind))
        {
            var taken = 100.0 * kind.Count(answer => answer.IsDone) / kind.Count();
            output.WriteLine($"     {kind.Key,-13} {taken:0.0} % taken: {TimedAnswer.Summary(kind)}");
            if (kind.Any(answer => answer.IsRefusal))
                output.WriteLine($"            refused {TimedAnswer.Summary(kind.Where(answer => answer.IsRefusal))}");
        }
    }

    private sealed record Load(TimedAnswer[] Answers, TimeSpan Sent, TimeSpan Took, long MemoryMax);
}

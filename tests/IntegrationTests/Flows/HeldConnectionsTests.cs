using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// P22: nothing grows without bound. Connections on which nothing comes, or too slowly, cost those who buy nothing and end; so many
/// sign in that they have to be refused, and people buy all the same; and the memory of the process does not follow the requests.
/// </summary>
[Collection("crashes")]
public sealed class HeldConnectionsTests(ITestOutputHelper output)
{
    private const int Idle = 300;
    private const int SlowHeaders = 100;
    private const int SlowBodies = 100;
    private const int Checkouts = 40;
    private const int LoginsPerSecond = 50;
    private const int RequestsOfRound = 2_000;
    private const int Rounds = 5;

    private const long LeakMax = (Rounds - 1) * RequestsOfRound * 10_000L;

    // Connections to other services and files come and go.
    private const int Slack = 30;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_sends_nothing_or_too_slowly_is_let_go_and_people_buy_meanwhile()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, Street.Settings);
        var (buyer, lamp) = await Open(souk);
        var files = Files(souk);
        Print("alone", await Buy(buyer, lamp, "alone"));

        var slow = new List<TcpClient>();
        var ended = new List<Task>();
        var idle = new List<TcpClient>();
        try
        {
            for (var n = 0; n < Idle; n++)
                idle.Add(await Connect(souk));
            var began = Stopwatch.GetTimestamp();
            for (var n = 0; n < SlowHeaders + SlowBodies; n++)
            {
                slow.Add(await Connect(souk));
                ended.Add(Dribble(slow[n], n < SlowHeaders ? "GET /products HTTP/1.1\r\nHost: souk\r\nX-Slow: " : """
                    POST /cart HTTP/1.1
                    Host: souk
                    Content-Type: application/json
                    Content-Length: 100000


                    """.ReplaceLineEndings("\r\n")));
            }
            await Eventually(() =>
            {
                Assert.True(Files(souk) >= files + Idle, $"{Files(souk)} files");
                return Task.CompletedTask;
            });
            var held = Files(souk);
            var during = await Buy(buyer, lamp, "beside");
            Print("beside them", during);
            // None of those who dribble is let through, and none holds on for good.
            await Task.WhenAll(ended).WaitAsync(TimeSpan.FromMinutes(2), Ct);
            output.WriteLine(
                $"{Idle} idle, {SlowHeaders} with slow headers and {SlowBodies} with slow bodies: "
                + $"files {files} before, {held} with them; "
                + $"the slow ones were let go within {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
            Assert.All(during, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        }
        finally
        {
            slow.Concat(idle).ToList().ForEach(client => client.Dispose());
        }
        await Eventually(() =>
        {
            Assert.True(Files(souk) <= files + Slack, $"{Files(souk)} files");
            return Task.CompletedTask;
        });
        output.WriteLine($"files {Files(souk)} afterwards");
    }

    [Fact]
    public async Task People_buy_while_more_sign_in_than_can()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings)
        {
            ["Identity:PasswordIterations"] = "200000", ["Identity:HashingParallelism"] = "1",
            ["Identity:HashingQueue"] = "4",
        });
        var (buyer, lamp) = await Open(souk);
        var email = $"{Guid.CreateVersion7():N}@buyers.example";
        await new Street(souk.Client).Buyer(email);
        Print("alone", await Buy(buyer, lamp, "alone"));

        using var over = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var flood = Flood(souk, email, over.Token);
        var during = await Buy(buyer, lamp, "flood");
        await over.CancelAsync();
        var logins = await Task.WhenAll(await flood);

        Print("in the flood", during);
        output.WriteLine($"sign-ins: {TimedAnswer.Summary(logins)}");
        Assert.All(during, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        Assert.All(logins, login => Assert.True(login.Status == HttpStatusCode.OK || login.IsRefusal, $"{login}"));
        Assert.Contains(logins, login => login.IsRefusal);
        Assert.Contains(logins, login => login.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_memory_does_not_follow_the_requests()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, Street.Settings);
        var (buyer, lamp) = await Open(souk);
        var memory = new List<long>();
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct };
        for (var round = 0; round < Rounds; round++)
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, RequestsOfRound), eight, async (n, _) =>
            {
                var asked = (n % 10) switch
                {
                    0 => TimedAnswer.OfOrder(buyer, $"{round}-{n}", lamp),
                    < 4 => TimedAnswer.Of("", () => buyer.PutAsJsonAsync("/cart", new { Shopping.Contact }, Ct)),
                    // Each of another text, so that none of them is kept.
                    < 7 => TimedAnswer.Of("", () => buyer.GetAsync($"/products?q={Guid.CreateVersion7():N}", Ct)),
                    _ => TimedAnswer.Of("", () => buyer.GetAsync($"/orders?limit={(n % 50) + 1}", Ct)),
                };
                var answer = await asked;
                Assert.True(answer.IsDone || answer.Status == HttpStatusCode.Conflict, $"{answer}");
            });
            memory.Add(souk.Memory);
        }
        var megabytes = string.Join(", ", memory.Select(bytes => $"{bytes / 1e6:0}"));
        output.WriteLine($"after each {RequestsOfRound} requests, MB: {megabytes}");
        // A leak of 10 kB a request adds more; the collector itself takes its time.
        Assert.True(memory[^1] < memory[0] + LeakMax, megabytes);
    }

    private static async Task<(HttpClient Buyer, Guid Lamp)> Open(SoukProcess souk)
    {
        await souk.Start();
        var street = new Street(souk.Client);
        var lamp = await (await street.Seller()).Sells(1000, 10_000);
        await street.OnSale(lamp);
        return (await street.Buyer(), lamp);
    }

    private static async Task<List<TimedAnswer>> Buy(HttpClient buyer, Guid lamp, string name)
    {
        var answers = new List<TimedAnswer>();
        for (var n = 0; n < Checkouts; n++)
            answers.Add(await TimedAnswer.OfOrder(buyer, $"{name}-{n}", lamp));
        return answers;
    }

    // They come whether those before them were answered or not.
    private static async Task<List<Task<TimedAnswer>>> Flood(SoukProcess souk, string email, CancellationToken over)
    {
        var http = souk.Client();
        var logins = new List<Task<TimedAnswer>>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / LoginsPerSecond));
        while (!over.IsCancellationRequested || logins.Count < LoginsPerSecond)
        {
            logins.Add(TimedAnswer.OfLogin(http, email));
            await timer.WaitForNextTickAsync(Ct);
        }
        return logins;
    }

    private static async Task<TcpClient> Connect(SoukProcess souk)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, souk.Url.Port, Ct);
        return client;
    }

    // Sends a character now and then until the other end has had enough.
    private static async Task Dribble(TcpClient client, string start)
    {
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(start), Ct);
            while (!client.Client.Poll(0, SelectMode.SelectRead))
            {
                await stream.WriteAsync("a"u8.ToArray(), Ct);
                await Task.Delay(500, Ct);
            }
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync(Ct);
            Assert.DoesNotContain(" 200 ", answer, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It was cut off in the middle of a character.
        }
    }

    private static int Files(SoukProcess souk) => Directory.GetFileSystemEntries($"/proc/{souk.Id}/fd").Length;

    private void Print(string name, List<TimedAnswer> answers) =>
        output.WriteLine($"{answers.Count} checkouts {name}: {TimedAnswer.Summary(answers)}");
}

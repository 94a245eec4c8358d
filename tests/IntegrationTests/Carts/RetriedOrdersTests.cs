using System.Text.Json;

namespace Souk.IntegrationTests.Carts;

/// <summary>P3: a retried order has one effect and one answer.</summary>
[Trait("Shape", "both")]
public class RetriedOrdersTests(SoukServer souk)
{
    private const int Seed = 20_261_121;
    private const int Keys = 500;
    private const int RetriesMax = 20;
    private const int AtOnceMax = 50;

    [Fact]
    public async Task A_guest_who_sends_the_token_of_the_order_along_is_the_same_guest()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1000);
        using var http = souk.Client();
        var (body, key) = (Shop.Order(lamp, payments: Shop.ByCard), Shop.NewKey());

        var first = (await http.Ask("POST", "/orders", body, key)).Must(201);
        http.DefaultRequestHeaders.Add("X-Order-Token", first.GetProperty("order_token").GetString());
        var retry = (await http.Ask("POST", "/orders", body, key)).Must(201);

        Assert.Equal(first.GetProperty("id").GetGuid(), retry.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task However_often_a_key_comes_there_is_one_order_and_one_answer()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1000, stock: 100_000);
        var (_, rare) = await souk.Sells(await souk.Seller(), 1000, stock: 100);
        var random = new Random(Seed);
        using var http = souk.Client();
        var (requests, running, wrong) = (0, 0, 0);
        var statuses = new Dictionary<int, int>();
        var plans = Enumerable.Range(0, Keys).Select(n => (
            Key: Shop.NewKey(), Retries: random.Next(1, RetriesMax + 1),
            // Good ones, declined ones, and those that want the last pieces: refusals are answers too.
            Body: Shop.Order(n % 3 == 0 ? rare : lamp, contact: Shop.Contact(email: $"{n}-{Guid.CreateVersion7():N}@example.com"),
                payments: [new { method = "card", token = n % 5 == 0 ? "tok_declined" : "tok_success" }]))).ToArray();
        var sends = plans.SelectMany((plan, n) => Enumerable.Repeat(n, plan.Retries)).ToArray();
        random.Shuffle(sends);
        var answers = new List<Reply>[Keys];
        for (var n = 0; n < Keys; n++)
            answers[n] = [];

        await Parallel.ForEachAsync(sends, new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax }, async (n, _) =>
        {
            while (true)
            {
                var answer = await http.Ask("POST", "/orders", plans[n].Body, plans[n].Key);
                Interlocked.Increment(ref requests);
                if (answer is { Status: 409, Code: "still_running" })
                {
                    Interlocked.Increment(ref running);
                    continue;
                }
                lock (answers[n])
                    answers[n].Add(answer);
                return;
            }
        });

        foreach (var given in answers)
        {
            statuses[given[0].Status] = statuses.GetValueOrDefault(given[0].Status) + 1;
            wrong += given.Count(answer =>
                answer.Status != given[0].Status || answer.Text != given[0].Text || answer.Message.Headers.Location != given[0].Message.Headers.Location);
        }
        var replayed = answers.Sum(given => given.Count(answer => answer.Message.Headers.Contains("Idempotent-Replayed")));
        // As separate services the answer may not be there in time: then the order says what became of it.
        var accepted = await Task.WhenAll(answers.Where(given => given[0].Status == 202).Select(given => Confirmed(given[0].Json)));
        var confirmed = statuses.GetValueOrDefault(201) + accepted.Count(order => order);
        var effects = await souk.Value<long>(
            "select count(distinct o.id) from orders.orders o join orders.order_lines l on l.order_id = o.id where l.offer_id = any($1) and o.status = 'confirmed'",
            (object)new[] { lamp, rare });
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {Seed}: {Keys} keys, {requests} requests, {replayed} replayed, {running} told to wait; answers {string.Join(", ", statuses.OrderBy(pair => pair.Key))}; "
            + $"{confirmed} confirmed, {effects} confirmed orders, {wrong} differing answers");

        Assert.Equal(0, wrong);
        Assert.Equal(confirmed, effects);
        Assert.Equal(sends.Length - Keys, replayed);
        Assert.All(statuses.Keys, status => Assert.Contains(status, SoukServer.IsSplit ? [201, 202, 402, 409] : (int[])[201, 402, 409]));
        (await http.Ask("POST", "/orders", Shop.Order(lamp, quantity: 7), plans[0].Key)).Must(201);
    }

    private async Task<bool> Confirmed(JsonElement order)
    {
        using var http = souk.Client();
        http.DefaultRequestHeaders.Add("X-Order-Token", order.Text("order_token"));
        var status = "";
        await Eventually(async () => Assert.NotEqual(
            "pending", status = (await http.Ask("GET", $"/orders/{order.Id()}")).Must(200).Text("status")));
        return status == "confirmed";
    }
}

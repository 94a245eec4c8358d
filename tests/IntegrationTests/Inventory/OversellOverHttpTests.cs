using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Inventory;

/// <summary>P1 as buyers meet it: the whole checkout over HTTP, many guests, few pieces.</summary>
[Trait("Shape", "both")]
public class OversellOverHttpTests(SoukServer souk, ITestOutputHelper output)
{
    private const int Pieces = 50;
    private const int AttemptsMin = 2000;
    private const int Buyers = 24;

    [Fact]
    public async Task Fifty_pieces_go_to_those_who_were_first_and_all_of_them_go()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SOUK_TEST_SEED"), out var given) ? given : Random.Shared.Next(1_000_000);
        var street = new Street(souk.Client, souk.Approve);
        var seller = await street.Seller();
        var offer = await seller.Sells(1990, Pieces);
        await street.OnSale(offer);
        var (attempts, cancelled, waited) = (0, 0, 0);
        var kept = new ConcurrentDictionary<Guid, int>();
        var refusals = new ConcurrentBag<double>();

        await Task.WhenAll(Enumerable.Range(0, Buyers).Select(buyer => Task.Run(async () =>
        {
            var random = new Random(seed + buyer);
            using var http = street.Guest();
            while (Volatile.Read(ref attempts) < AttemptsMin)
                await Buy(http, random.Next(1, 4), changesMind: random.Next(100) < 60);
        })));
        // Single pieces until none is left: a seller must not keep what somebody wanted.
        using var last = street.Guest();
        await Eventually(async () =>
        {
            await Buy(last, 1, changesMind: false);
            Assert.Equal(Pieces, kept.Values.Sum());
        }, TimeSpan.FromSeconds(30));
        Assert.Equal(0, await Buy(last, 1, changesMind: false));

        await Eventually(async () => Assert.Equal((Pieces, Pieces), await souk.Stock(offer)));
        var sold = kept.Values.Sum();
        output.WriteLine($"P1 over HTTP, seed {seed}: {attempts} attempts of {Buyers} buyers on {Pieces} pieces, {kept.Count} orders kept, {cancelled} cancelled, "
            + $"{waited} answered later; sold {sold}, oversold {Math.Max(0, sold - Pieces)}, unsold {Pieces - sold}; "
            + $"p99 of a refusal {refusals.Order().ElementAt((int)(refusals.Count * 0.99)):f0} ms");
        Assert.Equal(Pieces, sold);

        async Task<int> Buy(HttpClient http, int quantity, bool changesMind)
        {
            Interlocked.Increment(ref attempts);
            var started = Stopwatch.GetTimestamp();
            using var answer = await http.Order(Guid.CreateVersion7().ToString(), [(offer, quantity)], Ct, ("card", "tok_success"));
            var text = await answer.Content.ReadAsStringAsync(Ct);
            switch (answer.StatusCode)
            {
                case HttpStatusCode.Created:
                    break;
                case HttpStatusCode.Conflict:
                    refusals.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                    return 0;
                case HttpStatusCode.Accepted:
                    // Slower than the answer may wait: what became of it, the order says.
                    Interlocked.Increment(ref waited);
                    break;
                default:
                    Assert.Fail($"{answer.StatusCode}: {text}");
                    break;
            }
            var order = JsonDocument.Parse(text).RootElement;
            http.Holding(order);
            if (answer.StatusCode == HttpStatusCode.Accepted && !await Confirmed(http, order.Id()))
                return 0;
            if (!changesMind)
            {
                kept[order.Id()] = quantity;
                return quantity;
            }
            // Its capture may change the order in the same moment: then the buyer tries again.
            await Eventually(() => http.Remove($"/orders/{order.Id()}"));
            Interlocked.Increment(ref cancelled);
            return 0;
        }
    }

    private static async Task<bool> Confirmed(HttpClient http, Guid order)
    {
        string? status = null;
        await Eventually(async () => Assert.NotEqual("pending", status = (await http.Read($"/orders/{order}")).Text("status")));
        return status != "cancelled";
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}

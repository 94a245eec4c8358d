using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Souk.Bench.Chaos;

/// <summary>What became of one purchase.</summary>
/// <param name="Begun">Time stamp.</param>
/// <param name="Ended">Time stamp of its last answer.</param>
/// <param name="Status">Of that answer; null when two minutes of tries brought none.</param>
/// <param name="OrderId">The order that was acknowledged.</param>
/// <param name="Said">What an answer that was none of those said.</param>
internal sealed record Purchase(long Begun, long Ended, HttpStatusCode? Status, Guid? OrderId, string? Said)
{
    public bool IsConfirmed => Status == HttpStatusCode.Created;

    /// <summary>Not enough stock, or another price than was seen: an answer as good as an order.</summary>
    public bool IsRefused => Status == HttpStatusCode.Conflict;

    public bool IsFailed => OrderId is null && !IsRefused;
}

/// <summary>
/// Guests who buy two things, one after another, and send each checkout again under its key until it is answered, as a real
/// client does. Every fifth wants one of the few pieces of something scarce.
/// </summary>
internal sealed class Buyers(Uri address, IReadOnlyList<string> offers, IReadOnlyList<string> scarce, int seed)
{
    private static readonly TimeSpan AwayMax = TimeSpan.FromMinutes(2);
    private readonly ConcurrentQueue<Purchase> purchases = new();
    private readonly Requests requests = new();
    private int last;

    public IReadOnlyCollection<Purchase> Purchases => purchases;

    public long RequestCount => requests.Count;

    /// <summary>Of a single request, the repeated ones each for itself.</summary>
    public TimeSpan LongestRequest => requests.Longest;

    public async Task Run(int clients, CancellationToken stop)
    {
        var guest = new Api(Api.Connect(address, requests));
        await Task.WhenAll(Enumerable.Range(0, clients).Select(n => Task.Run(() => Client(guest, new Random(seed + n), stop), CancellationToken.None)));
    }

    /// <summary>The first order that was confirmed of those that were begun after a moment; waits for it.</summary>
    public async Task<Purchase?> FirstAfter(long moment)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < AwayMax;)
        {
            if (purchases.Where(p => p.IsConfirmed && p.Begun >= moment).MinBy(p => p.Ended) is { } first)
                return first;
            await Task.Delay(20);
        }
        return null;
    }

    /// <summary>The longest time without a confirmed order.</summary>
    public TimeSpan LongestGap(long from, long to)
    {
        long[] moments = [from, .. purchases.Where(p => p.IsConfirmed && p.Ended > from && p.Ended < to).Select(p => p.Ended).Order(), to];
        return moments.Zip(moments.Skip(1), Stopwatch.GetElapsedTime).Max();
    }

    private async Task Client(Api guest, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var begun = Stopwatch.GetTimestamp();
            Reply? reply = null;
            try
            {
                reply = await Buy(guest, random, Interlocked.Increment(ref last));
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
            }
            purchases.Enqueue(new Purchase(
                begun, Stopwatch.GetTimestamp(), reply?.Status, reply?.Status is HttpStatusCode.Created or HttpStatusCode.Accepted ? Guid.Parse((string)reply.Json!["id"]!) : null,
                reply?.Text[..Math.Min(300, reply.Text.Length)]));
        }
    }

    private async Task<Reply> Buy(Api guest, Random random, int number)
    {
        var first = random.Next(offers.Count);
        var second = random.Next(5) == 0 ? scarce[random.Next(scarce.Count)] : offers[(first + 1 + random.Next(offers.Count - 1)) % offers.Count];
        var cart = await guest.Post("/cart", new { lines = new[] { Line(offers[first]), Line(second) } });
        if (!cart.Ok)
            return cart;
        var buyer = guest.As(cartToken: (string)cart.Json!["cart_token"]!);
        cart = await buyer.Put("/cart", new { contact = Contact(number) });
        if (!cart.Ok)
            return cart;
        var quote = (string)cart.Json!["quote"]!;
        return await buyer.Post("/cart/checkout", new { quote, payments = new[] { new { method = "card", token = "tok_success" } } }, $"purchase-{number}-of-{seed}");
    }

    private static object Line(string offer) => new { offer_id = offer, quantity = 1 };

    // The address is the purchase's own: two orders that have the same are one bought twice.
    internal static JsonObject Contact(int number) => new()
    {
        ["name"] = "Ada Lovelace",
        ["email"] = $"buyer-{number}@bench.example",
        ["shipping"] = new JsonObject { ["line1"] = "12 Main Street", ["city"] = "Berlin", ["country"] = "DE", ["postcode"] = "10115" },
    };

    /// <summary>Sees every request.</summary>
    private sealed class Requests : DelegatingHandler
    {
        private readonly Lock gate = new();

        public long Count { get; private set; }

        public TimeSpan Longest { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            finally
            {
                var took = Stopwatch.GetElapsedTime(started);
                lock (gate)
                {
                    Count++;
                    Longest = took > Longest ? took : Longest;
                }
            }
        }
    }
}

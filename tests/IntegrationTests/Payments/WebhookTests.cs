using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Payments.Gateways.Simulator;

namespace Souk.IntegrationTests.Payments;

/// <summary>P14 and D5: forged, old, doubled and shuffled webhooks change nothing.</summary>
public sealed class WebhookTests(PaymentsAlone souk, ITestOutputHelper output)
{
    private const int ForgeriesMax = 10_000;
    private static readonly string[] Types = ["payment.created", "payment.processing", "payment.declined", "payment.authorized", "payment.captured"];

    [Fact]
    public async Task All_orders_of_five_events_ten_times_each_leave_the_gateways_own_state()
    {
        var orders = Permutations(Types).ToArray();
        var payments = new List<PaymentDue>();
        foreach (var _ in orders)
            payments.Add(PaymentsAlone.Due("tok_3ds"));
        await souk.Say([.. payments]);
        await Eventually(async () => Assert.Equal(orders.Length, await souk.Value<long>(
            "select count(*) from payments.payments where id = any($1) and status = 'requires_action'", Ids(payments))));
        using var http = souk.Client();

        // Of half of them the buyer agrees, the others do nothing: what the webhooks claim is the same for both.
        for (var i = 0; i < orders.Length; i += 2)
            (await http.PostAsync(new Uri($"/gateway-simulator/charges/{payments[i].Payments[0].PaymentId}/pay", UriKind.Relative), null, Ct)).EnsureSuccessStatusCode();
        var sent = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, orders.Length), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct }, async (i, _) =>
        {
            foreach (var type in orders[i])
            {
                var (id, body) = ($"evt_{i}_{type}", Body(type, payments[i].Payments[0].PaymentId));
                for (var copy = 0; copy < 10; copy++)
                {
                    using var answer = await Send(http, id, Now(0), body);
                    Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                    Interlocked.Increment(ref sent);
                }
            }
        });

        await Eventually(async () =>
        {
            for (var i = 0; i < orders.Length; i++)
                Assert.Equal(i % 2 == 0 ? "authorized" : "requires_action", await souk.Value<string>(
                    "select status from payments.payments where id = $1", payments[i].Payments[0].PaymentId));
        });
        foreach (var due in payments.Where((_, i) => i % 2 == 0))
            Assert.Equal(1, (await souk.Said(due.OrderId)).Count(type => type == nameof(PaymentsAuthorized)));
        foreach (var due in payments.Where((_, i) => i % 2 == 1))
            Assert.Equal([nameof(PaymentActionRequired)], await souk.Said(due.OrderId));
        output.WriteLine($"{orders.Length} orders of 5 events, {sent} webhooks, wrong states 0");
    }

    [Fact]
    public async Task What_is_forged_is_refused_and_stored_nowhere()
    {
        var due = PaymentsAlone.Due("tok_3ds");
        await souk.Say(due);
        await souk.Heard<PaymentActionRequired>(due.OrderId);
        var body = Body("payment.authorized", due.Payments[0].PaymentId);
        using var http = souk.Client();
        var simulator = souk.Services.GetRequiredService<Simulator>();
        var (random, accepted) = (new Random(20261120), 0);
        var id = $"evt_forged_{due.OrderId:N}";

        await Parallel.ForEachAsync(Enumerable.Range(0, ForgeriesMax), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct }, async (i, _) =>
        {
            var (timestamp, bytes) = (Now(0), (byte[])[.. body]);
            var signature = simulator.Signatures.Sign(id, timestamp, bytes);
            int at;
            lock (random)
                at = random.Next();
            switch (i % 4)
            {
                case 0:
                    bytes[at % bytes.Length] ^= (byte)(1 << (at % 8));
                    break;
                case 1:
                    // The base64 of 32 bytes ends with two bits that say nothing: the last character before the padding is left alone.
                    var raw = Convert.FromBase64String(signature[3..]);
                    raw[at % raw.Length] ^= (byte)(1 << (at % 8));
                    signature = "v1," + Convert.ToBase64String(raw);
                    break;
                case 2:
                    timestamp = Now(1 + (at % 200));
                    break;
                default:
                    using (var other = new System.Security.Cryptography.HMACSHA256(Encoding.UTF8.GetBytes("the secret of another shop " + at)))
                        signature = "v1," + Convert.ToBase64String(other.ComputeHash([.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. bytes]));
                    break;
            }
            using var answer = await Send(http, id, timestamp, bytes, signature);
            if (answer.StatusCode != HttpStatusCode.Unauthorized)
                Interlocked.Increment(ref accepted);
        });

        Assert.Equal(0, accepted);
        Assert.Equal(0, await souk.Value<long>("select count(*) from payments.webhooks where id = $1", id));
        Assert.Equal([nameof(PaymentActionRequired)], await souk.Said(due.OrderId));
        output.WriteLine($"{ForgeriesMax} forgeries, accepted {accepted}");
    }

    [Theory]
    [InlineData(-360, HttpStatusCode.Unauthorized)]
    [InlineData(360, HttpStatusCode.Unauthorized)]
    [InlineData(-240, HttpStatusCode.OK)]
    [InlineData(240, HttpStatusCode.OK)]
    public async Task A_webhook_is_good_for_five_minutes_either_way(int seconds, HttpStatusCode wanted)
    {
        using var http = souk.Client();
        using var answer = await Send(http, $"evt_{Guid.CreateVersion7()}", Now(seconds), Body("payment.authorized", Guid.CreateVersion7()));
        Assert.Equal(wanted, answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"type\":\"payment.authorized\"}")]
    [InlineData("{\"payment_id\":7}")]
    [InlineData("<html>")]
    public async Task A_signed_body_that_says_nothing_is_refused(string body)
    {
        using var http = souk.Client();
        using var answer = await Send(http, $"evt_{Guid.CreateVersion7()}", Now(0), Encoding.UTF8.GetBytes(body));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_too_large_and_a_gateway_that_is_none_are_refused()
    {
        using var http = souk.Client();
        using var large = await Send(http, "evt_large", Now(0), new byte[70_000]);
        using var nobody = await Send(http, "evt_nobody", Now(0), Body("payment.authorized", Guid.CreateVersion7()), path: "/payments/webhooks/nobody");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
    }

    [Fact]
    public async Task Webhooks_and_looks_at_the_same_moment_complete_a_payment_once()
    {
        var dues = Enumerable.Range(0, 30).Select(_ => PaymentsAlone.Due("tok_3ds")).ToArray();
        await souk.Say(dues);
        await Eventually(async () => Assert.Equal(dues.Length, await souk.Value<long>(
            "select count(*) from payments.payments where id = any($1) and status = 'requires_action'", Ids(dues))));
        using var http = souk.Client();

        // The bank's webhook, our own look and ten webhooks more race for each payment.
        await Parallel.ForEachAsync(dues, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Ct }, async (due, _) =>
        {
            var payment = due.Payments[0].PaymentId;
            await Task.WhenAll(Enumerable.Range(0, 10).Select(async n => (await Send(http, $"evt_race_{payment}_{n}", Now(0), Body("payment.authorized", payment))).Dispose())
                .Append(http.PostAsync(new Uri($"/gateway-simulator/charges/{payment}/pay", UriKind.Relative), null, Ct)));
        });

        foreach (var due in dues)
            await souk.Heard<PaymentsAuthorized>(due.OrderId);
        await souk.Say([.. dues.Select(PaymentsAlone.Confirmed)]);
        foreach (var due in dues)
            await souk.Heard<PaymentCaptured>(due.OrderId);
        foreach (var due in dues)
        {
            var said = await souk.Said(due.OrderId);
            Assert.Equal((1, 1), (said.Count(type => type == nameof(PaymentsAuthorized)), said.Count(type => type == nameof(PaymentCaptured))));
            Assert.Equal(due.TotalMinor, await souk.Balance(due.OrderId, "gateway_clearing"));
        }
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<HttpResponseMessage> Send(
        HttpClient http, string id, string timestamp, byte[] body, string? signature = null, string path = "/payments/webhooks/simulator")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", signature ?? souk.Services.GetRequiredService<Simulator>().Signatures.Sign(id, timestamp, body));
        return await http.SendAsync(request, Ct);
    }

    private static byte[] Body(string type, Guid payment) =>
        JsonSerializer.SerializeToUtf8Bytes(new { type, payment_id = payment, amount = 2700, currency = "EUR" });

    private static string Now(int seconds) =>
        TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static Guid[] Ids(IEnumerable<PaymentDue> dues) => [.. dues.Select(due => due.Payments[0].PaymentId)];

    private static IEnumerable<string[]> Permutations(string[] items) => items.Length == 1
        ? [items]
        : items.SelectMany((item, i) => Permutations([.. items[..i], .. items[(i + 1)..]]).Select(rest => (string[])[item, .. rest]));
}

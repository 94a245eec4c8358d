using System.Diagnostics;
using System.Net;
using Souk.IntegrationTests.Notifications;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// P12: whatever the mail server does, people buy, and every mail arrives in the end, once. Only one that was cut off after its
/// data comes again, under the same Message-ID: nobody can know whether it had arrived.
/// </summary>
public sealed class MailTroubleTests(ITestOutputHelper output)
{
    private const int Buyers = 4;
    private const int PurchasesOfEach = 3;
    private static readonly TimeSpan EndMax = TimeSpan.FromMinutes(2);

    // Null: there is none. After each of them the mails wait until the end.
    private static readonly SmtpMood?[] Moods =
        [SmtpMood.Takes, SmtpMood.EndlessTarpit, SmtpMood.Later, SmtpMood.Dislikes, null, SmtpMood.BreaksOffAfterData];

    [Fact]
    public async Task People_buy_and_every_mail_arrives_whatever_the_mail_server_does()
    {
        await using var database = await TestDatabase.Required();
        await using var server = new SmtpServer();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings)
        {
            ["Mail:Host"] = "127.0.0.1", ["Mail:Port"] = $"{server.Port}", ["Mail:Tls"] = "false",
            ["Mail:PerSecondMax"] = "1000",
            // Longer than the purchases take, so that the tarpit holds the first mail until all of them are made.
            ["Mail:Timeout"] = "00:01:00",
        });
        await souk.Start();
        await OnceOnly(database);
        var street = new Street(souk.Client);
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 1000);
        await street.OnSale(lamp);

        var (orders, medians) = (new List<Guid>(), new Dictionary<string, double>());
        foreach (var mood in Moods)
        {
            if (mood is { } set)
                server.Mood = set;
            else
                await server.Down();
            var started = Stopwatch.GetTimestamp();
            var bought = await Purchases(souk, lamp);
            var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var name = mood?.ToString() ?? "Down";
            orders.AddRange(bought.Select(purchase => purchase.Order));
            medians[name] = Median([.. bought.Select(purchase => purchase.Took.TotalMilliseconds)]);
            output.WriteLine($"{name,-18} {bought.Length} purchases in {took:0.0} s, median {medians[name]:0} ms");
            if (mood == SmtpMood.EndlessTarpit)
            {
                await Eventually(() => Task.FromResult(server.Holds(SmtpMood.EndlessTarpit) > 0 ? "held" : null));
                server.Mood = SmtpMood.Later;
                server.Cut();
            }
            await AllTried(database, orders.Count);
            if (mood is null)
                server.Up();
        }

        var (good, hanging) = (medians[nameof(SmtpMood.Takes)], medians[nameof(SmtpMood.EndlessTarpit)]);
        output.WriteLine(
            $"median checkout with a good mail server {good:0} ms, with one that hangs {hanging:0} ms: "
            + $"ratio {hanging / good:0.00}");
        server.Mood = SmtpMood.Takes;
        var refused = await TryAgain(souk, database);
        await Eventually(async () => Assert.Empty(await database.Rows(
            "select status || ': ' || coalesce(error, '') from notifications.mails where status <> 'sent'",
            row => row.GetString(0))), EndMax);

        var mails = await database.Rows(
            "select id, order_id from notifications.mails",
            row => (Id: row.GetGuid(0).ToString("N"), Order: row.IsDBNull(1) ? Guid.Empty : row.GetGuid(1)));
        var came = server.Mails.ToLookup(mail => mail.Mood == SmtpMood.BreaksOffAfterData, mail => mail.MessageId);
        var arrived = came[false].CountBy(id => id).ToDictionary();
        var cutOff = came[true].CountBy(id => id).ToDictionary();
        var lost = mails.Count(mail => !arrived.ContainsKey(mail.Id))
            // One for the buyer, one for the seller.
            + orders.Sum(order => 2 - Math.Min(2, mails.Count(mail => mail.Order == order)));
        var doubled = arrived.Values.Sum(times => times - 1);
        output.WriteLine(
            $"{orders.Count} purchases, {mails.Count} mails sent, {lost} lost, {doubled} doubled; "
            + $"{refused} of them were refused for good and tried again by staff, "
            + $"{cutOff.Count} were cut off after the data and came again under their Message-ID");
        Assert.Equal((0, 0), (lost, doubled));
        Assert.Equal(mails.Count, arrived.Count);
        // Each is one of ours, and was cut off once.
        Assert.All(cutOff, mail => Assert.Equal((1, true), (mail.Value, arrived.ContainsKey(mail.Key))));
        // All that met it in this mood, and no others.
        const int OfEachMood = 2 * Buyers * PurchasesOfEach;
        Assert.Equal((OfEachMood, OfEachMood), (refused, cutOff.Count));
    }

    // All of them get their 201 by themselves: none is answered with 202 because something of it waits.
    private static async Task<(Guid Order, TimeSpan Took)[]> Purchases(SoukProcess souk, Guid lamp) =>
        [.. (await Task.WhenAll(Enumerable.Range(0, Buyers).Select(async _ =>
        {
            using var http = souk.Client();
            var bought = new List<(Guid, TimeSpan)>();
            for (var n = 0; n < PurchasesOfEach; n++)
            {
                var started = Stopwatch.GetTimestamp();
                var order = await http.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1));
                bought.Add((order.Id(), Stopwatch.GetElapsedTime(started)));
            }
            return bought;
        }))).SelectMany(bought => bought)];

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    // A mail that was not taken waits for the end of the test, so that each meets the server in one mood only, however
    // slow the machine is.
    private static async Task OnceOnly(TestDatabase database) => await database.Rows("""
        create schema waits;
        create function waits.for_the_end() returns trigger language plpgsql as $$
        begin
            new.next_try_at := now() + interval '1 hour';
            return new;
        end $$;
        create trigger waits before update on notifications.mails for each row
            when (new.status = 'queued' and new.error is not null and new.attempts = old.attempts)
            execute function waits.for_the_end();
        """, _ => 0);

    // There are two for each order, and none is under way.
    private static Task AllTried(TestDatabase database, int orders) => Eventually(async () =>
    {
        var mails = await database.Rows("""
            select count(*) filter (where order_id is not null),
                   count(*) filter (where status = 'queued' and error is null)
              from notifications.mails
            """, row => (row.GetInt64(0), row.GetInt64(1)));
        Assert.Equal([(2L * orders, 0L)], mails);
    }, EndMax);

    // What waits is due. What the server refused for good stands in the send log, and staff sends it again when the
    // server is mended.
    private static async Task<int> TryAgain(SoukProcess souk, TestDatabase database)
    {
        await database.Rows("drop trigger waits on notifications.mails", _ => 0);
        await database.Rows("update notifications.mails set next_try_at = now() where status = 'queued'", _ => 0);
        using var staff = await souk.Admin();
        var failed = await staff.Read("/emails?status=failed&limit=100");
        var refused = failed.GetProperty("data").EnumerateArray().Select(mail => mail.Id()).ToArray();
        foreach (var mail in refused)
        {
            using var retry = new HttpRequestMessage(HttpMethod.Post, $"/emails/{mail}/retry");
            retry.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
            var answer = await staff.SendAsync(retry, TestContext.Current.CancellationToken);
            await Answers.Body(answer, HttpStatusCode.Accepted);
        }
        return refused.Length;
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Events;

/// <summary>
/// Four processes of the whole marketplace on one database: each has a relay for each service, and they want the same
/// topic rows while requests fill the outboxes and consumers append behind them.
/// </summary>
[Collection("crashes")]
public sealed class RelayRaceTests(ITestOutputHelper output)
{
    private const int Processes = 4;
    private const int Seed = 20261121;
    private const int EditsEach = 40;
    private const int OrdersEach = 5;
    private static readonly TimeSpan WritePause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly string[] Services =
        ["identity", "catalog", "inventory", "carts", "orders", "payments", "notifications"];

    [Fact]
    public async Task Four_processes_race_their_relays_without_deadlock_gap_or_inversion()
    {
        await using var database = await TestDatabase.Required();
        // The time zone of its connections tells the processes apart in the database; nothing else may depend on it.
        var souks = Enumerable.Range(1, Processes)
            .Select(n => new SoukProcess($"{database.Owner};Timezone=Etc/GMT+{n}", Street.Settings)).ToArray();
        try
        {
            await souks[0].Start(); // It migrates.
            await Task.WhenAll(souks[1..].Select(souk => souk.Start()));
            var stall = await new Street(souks[0].Client).Seller();
            var offers = new List<Guid>();
            for (var n = 0; n < Processes; n++)
                offers.Add(await stall.Sells(1000, 100_000));
            await new Street(souks[0].Client).OnSale([.. offers]);
            var deadlocks = await Deadlocks(database);
            Guid[] keys = [.. Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7())];
            await Plant(database, keys);

            var race = new Race(database, offers, keys);
            await race.Run(souks, stall.Http.DefaultRequestHeaders.Authorization!);
            await Eventually(() => NothingIsLeft(database), Limit);
            foreach (var souk in souks)
                await souk.Kill();
            // A connection reports its deadlocks at the latest when it ends.
            await Eventually(async () => Assert.Equal(0, await One(
                database, "select count(*) from pg_stat_activity where usename like current_database() || '%'")));

            output.WriteLine($"seed {Seed}: {race.Edits} edits of prices, "
                + $"{race.Orders} orders, {race.Cancelled} cancelled, {race.Written} events by SQL; "
                + $"{race.Busy} requests told to try again");
            await LogsAreWhole(database);
            await KeysAreInOrder(database, keys);
            Assert.Equal(0, await Deadlocks(database) - deadlocks);
            Assert.All(souks, souk => Assert.DoesNotContain("deadlock", souk.Output, StringComparison.Ordinal));
        }
        finally
        {
            foreach (var souk in souks)
                await souk.DisposeAsync();
        }
    }

    /// <summary>Aggregates with a step each for events by SQL, and a note of who moves events to which log.</summary>
    private static async Task Plant(TestDatabase database, Guid[] keys)
    {
        await database.Rows("""
            create schema race;
            create table race.aggregates (key uuid primary key, step int not null);
            create table race.moves (service text not null, process text not null);
            create function race.note() returns trigger language plpgsql security definer as $$ begin
                insert into race.moves values (tg_table_schema, current_setting('timezone'));
                return null;
            end $$;
            """, _ => 0);
        await database.Rows("insert into race.aggregates select key, 0 from unnest($1) as k(key)", _ => 0, keys);
        foreach (var service in Services)
            await database.Rows($"""
                create trigger race after insert on {service}.log for each statement execute function race.note()
                """, _ => 0);
    }

    private static async Task NothingIsLeft(TestDatabase database)
    {
        foreach (var service in Services)
            Assert.Equal(0, await One(database, $"select count(*) from {service}.outbox"));
        Assert.Equal(0, await One(database, "select count(*) from orders.orders where status = 'pending'"));
    }

    private async Task LogsAreWhole(TestDatabase database)
    {
        foreach (var service in Services)
        {
            var (events, ids, last, next) = (await database.Rows($"""
                select count(*), count(distinct id), coalesce(max(pos), 0), (select next from {service}.topic)
                  from {service}.log
                """, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)))).Single();
            var movers = await database.Rows(
                "select process, count(*) from race.moves where service = $1 group by 1 order by 1",
                row => row.GetInt64(1), service);
            output.WriteLine($"{service,-13} {events,6} events, positions 1 to {last}, "
                + $"moves by process: {string.Join(", ", movers)}");
            Assert.Equal((events, events, events), (ids, last, next - 1));
            // Where requests alone write, every process has moved what its own had written.
            if (service is "catalog")
                Assert.Equal(Processes, movers.Count);
        }
    }

    private async Task KeysAreInOrder(TestDatabase database, Guid[] keys)
    {
        var raced = await Inversions(database, "orders", "Raced", "step", isRight: "= 1");
        Assert.Equal(await One(database, "select sum(step) from race.aggregates"), raced.Events);
        Assert.True(raced.Events > 20 * keys.Length, $"Only {raced.Events} events raced.");
        var versions = new[]
        {
            await Inversions(database, "catalog", "OfferChanged", "version", isRight: "> 0"),
            await Inversions(database, "inventory", "AvailabilityChanged", "version", isRight: "= 1"),
        };
        output.WriteLine($"{raced.Events} events by SQL, {versions.Sum(v => v.Events)} of offers and their stock: "
            + $"{raced.Inversions + versions.Sum(v => v.Inversions)} not after the one before of their key");
        Assert.All([raced, .. versions], found => Assert.Equal(0, found.Inversions));
    }

    // By how much the number in an event is above that of the one before with its key.
    private static async Task<(long Events, long Inversions)> Inversions(
        TestDatabase database, string service, string type, string number, string isRight) => (await database.Rows($"""
            select count(*), count(*) filter (where not d {isRight})
              from (select n - lag(n) over (partition by key order by pos) as d
                      from (select key, pos, (payload->>'{number}')::bigint as n
                              from {service}.log where type = '{type}') as numbers) as steps
            """, row => (row.GetInt64(0), row.GetInt64(1)))).Single();

    private static Task<long> Deadlocks(TestDatabase database) =>
        One(database, "select deadlocks from pg_stat_database where datname = current_database()");

    private static async Task<long> One(TestDatabase database, string sql) =>
        (await database.Rows(sql, row => row.GetInt64(0))).Single();

    /// <summary>Everybody who writes: each process takes its requests, however slow it is, and SQL writes as long as they do.</summary>
    private sealed class Race(TestDatabase database, List<Guid> offers, Guid[] keys)
    {
        private int edits;
        private int orders;
        private int cancelled;
        private int written;
        private int busy;

        public int Edits => edits;

        public int Orders => orders;

        public int Cancelled => cancelled;

        public int Written => written;

        public int Busy => busy;

        public async Task Run(SoukProcess[] souks, AuthenticationHeaderValue seller)
        {
            using var over = new CancellationTokenSource();
            var writers = souks.Select((_, n) => Write(new Random(Seed + n), over.Token)).ToArray();
            try
            {
                await Task.WhenAll(souks.SelectMany((souk, n) => new[]
                {
                    Times(EditsEach, Edit(souk, seller), new Random(Seed + Processes + n)),
                    Times(OrdersEach, Buy(souk), new Random(Seed + (2 * Processes) + n)),
                }));
            }
            finally
            {
                await over.CancelAsync();
                await Task.WhenAll(writers);
            }
        }

        private static async Task Times(int times, Func<Random, Task> step, Random random)
        {
            for (var n = 0; n < times; n++)
                await step(random);
        }

        // Processes edit the same offers: who meets another one in the act is told to try again.
        private Func<Random, Task> Edit(SoukProcess souk, AuthenticationHeaderValue seller)
        {
            var http = souk.Client();
            http.DefaultRequestHeaders.Authorization = seller;
            return async random =>
            {
                using var answer = await http.PutAsJsonAsync(
                    $"/offers/{offers[random.Next(offers.Count)]}",
                    new { price = new { amount = random.Next(900, 1100), currency = "EUR" } });
                Count(answer, HttpStatusCode.OK, ref edits);
            };
        }

        private Func<Random, Task> Buy(SoukProcess souk)
        {
            var http = souk.Client();
            return async random =>
            {
                var (key, offer) = (Guid.CreateVersion7().ToString(), offers[random.Next(offers.Count)]);
                using var answer = await http.Order(key, [(offer, 1)], CancellationToken.None, ("card", "tok_success"));
                if (!Count(answer, HttpStatusCode.Created, ref orders) || random.Next(2) == 0)
                    return;
                // A request writes to the outbox of Orders while its consumer appends to the log.
                var order = await Answers.Body(answer, HttpStatusCode.Created);
                using var buyer = souk.Client();
                using var gone = await buyer.Holding(order).DeleteAsync($"/orders/{order.Id()}");
                Count(gone, HttpStatusCode.NoContent, ref cancelled);
            };
        }

        // As a request does: the row of the aggregate is locked first and gives the event its number.
        private async Task Write(Random random, CancellationToken over)
        {
            while (!over.IsCancellationRequested)
            {
                await database.Rows("""
                    with next as (update race.aggregates set step = step + 1 where key = $1 returning step)
                    insert into orders.outbox (id, type, key, payload)
                    select gen_random_uuid(), 'Raced', $1, json_build_object('key', $1, 'step', step) from next
                    """, _ => 0, keys[random.Next(keys.Length)]);
                Interlocked.Increment(ref written);
                await Task.Delay(WritePause, CancellationToken.None); // The processes are to have some of the time too.
            }
        }

        private bool Count(HttpResponseMessage answer, HttpStatusCode wanted, ref int count)
        {
            if (answer.StatusCode == wanted)
            {
                Interlocked.Increment(ref count);
                return true;
            }
            Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Accepted, HttpStatusCode.Conflict]);
            Interlocked.Increment(ref busy);
            return false;
        }
    }
}

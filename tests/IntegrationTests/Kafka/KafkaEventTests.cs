using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.IntegrationTests.Events;
using Souk.IntegrationTests.Events.Alpha;
using Souk.Platform.Db;
using Souk.Platform.Events.Kafka;

namespace Souk.IntegrationTests.Kafka;

/// <summary>P8 and P9 with Kafka between the services: every event once and in order per key, whatever comes and goes.</summary>
[Collection("kafka")]
public sealed class KafkaEventTests(EventHost host, KafkaBroker broker, ITestOutputHelper output)
    : IClassFixture<EventHost>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Five_thousand_events_arrive_once_and_in_order_despite_rebalances_repetitions_and_poison()
    {
        var settings = await broker.Settings();
        var sent = new Sent(keys: 200, poisonPercent: 1);
        var one = host.Build(settings);
        await one.StartAsync();
        await sent.Publish(one, 1500);

        // A second replica takes half of the partitions in the middle of it, then the first one goes.
        using var two = host.Build(settings);
        await two.StartAsync();
        await sent.Publish(one, 1500);
        await one.StopAsync();
        one.Dispose();
        await sent.Publish(two, 1000);
        await two.StopAsync();

        // The publisher forgot how far it was: all of it comes again, with more behind it.
        await EventHost.Sql(host.Owner, "update alpha.published set pos = 0");
        using var three = host.Build(settings);
        await three.StartAsync();
        await sent.Publish(three, 1000);

        // Who did not come to rest behind a poisoned event of its key was applied, everybody else waits.
        await host.Until($"select count(*) from {Parked(sent)}", sent.Parked, Limit);
        await host.Until($"select count(distinct event) from {Seen(sent)}", 5000 - sent.Parked, Limit);
        sent.Heal();
        await Replay(sent);
        await host.Until($"select count(*) from {Parked(sent)}", 0, Limit);

        output.WriteLine($"seed {Sent.Seed}: poison and what stood behind it {sent.Parked}");
        await OnceAndInOrder(sent);
        await three.StopAsync();
    }

    [Fact]
    public async Task A_topic_is_made_with_the_configured_partitions_and_copies()
    {
        var settings = await broker.Settings();
        settings["Kafka:Partitions"] = "3";
        using var one = host.Build(settings);
        await one.StartAsync();
        using var admin = new AdminClientBuilder(
            new AdminClientConfig { BootstrapServers = settings["Kafka:BootstrapServers"] }).Build();

        await Eventually(() =>
        {
            var topic = Assert.Single(
                admin.GetMetadata(TimeSpan.FromSeconds(5)).Topics,
                topic => topic.Topic == settings["Kafka:TopicPrefix"] + "alpha");
            Assert.Equal(3, topic.Partitions.Count);
            Assert.All(topic.Partitions, partition => Assert.Single(partition.Replicas));
            return Task.CompletedTask;
        });
        await one.StopAsync();
    }

    [Fact]
    public async Task A_replica_that_lost_its_partitions_at_work_and_its_successor_apply_everything_once()
    {
        var settings = await broker.Settings();
        settings["Kafka:Client:session.timeout.ms"] = "1500";
        settings["Kafka:Client:heartbeat.interval.ms"] = "300";
        settings["Kafka:Client:max.poll.interval.ms"] = "1500";
        using var one = host.Build(settings);
        using var two = host.Build(settings);
        await one.StartAsync();
        await two.StartAsync();
        var sent = new Sent(keys: 30, poisonPercent: 0);

        // Who gets these is taken for dead while the transaction is open; the others have to wait for its end.
        for (var round = 0; round < 2; round++)
        {
            await sent.Publish(one, 200, slow: TimeSpan.FromSeconds(3));
            await sent.Publish(two, 200);
        }

        await AllSeen(sent, 800);
        await OnceAndInOrder(sent);
        await one.StopAsync();
        await two.StopAsync();
    }

    [Fact]
    public async Task What_a_client_has_not_read_of_its_partitions_is_found_out_at_once()
    {
        using var process = host.Build(await broker.Settings());
        await process.StartAsync();
        var sent = new Sent(keys: 30, poisonPercent: 0);
        await sent.Publish(process, 200);
        await AllSeen(sent, 200);
        var kafka = process.Services.GetRequiredService<KafkaClients>();
        using var reader = kafka.Consumer("gamma", () => { });
        reader.Subscribe(kafka.Topic("alpha"));
        Dictionary<TopicPartition, long> read = [];
        ReadTo(1);
        Assert.NotEmpty(KafkaConsumer.Behind(reader, reader.Assignment));
        Compare();
        ReadTo(200);
        Compare();
        Assert.Empty(KafkaConsumer.Behind(reader, reader.Assignment));
        reader.Close();
        await process.StopAsync();

        void ReadTo(int count)
        {
            for (var tries = 0; tries < 600 && read.Values.Sum() < count; tries++)
                if (reader.Consume(TimeSpan.FromMilliseconds(200)) is { } next)
                    read[next.TopicPartition] = next.Offset.Value + 1;
            Assert.InRange(read.Values.Sum(), count, long.MaxValue);
        }

        void Compare() => Assert.Equal(
            reader.Assignment.Where(p => reader.QueryWatermarkOffsets(p, Limit).High > read.GetValueOrDefault(p)).ToHashSet(),
            KafkaConsumer.Behind(reader, reader.Assignment).ToHashSet());
    }

    [Fact]
    public async Task What_a_replica_writes_is_moved_by_the_one_that_publishes_in_batches_of_all_and_by_itself_when_that_is_gone()
    {
        var settings = await broker.Settings();
        IHost[] both = [host.Build(settings), host.Build(settings)];
        foreach (var one in both)
            await one.StartAsync();
        var replicas = both.Select(one => one.Services.GetServices<Service>().Single(service => service.Name == "alpha")).ToArray();
        while (!replicas.Any(replica => replica.HasTurn))
            await Task.Delay(50, TestContext.Current.CancellationToken);
        var (publisher, writer) = replicas[0].HasTurn ? (0, 1) : (1, 0);
        var moved = new int[2];
        foreach (var (at, replica) in replicas.Index())
            replica.Signals.Follow("alpha", appended => Interlocked.Add(ref moved[at], appended.Events.Count));
        var sent = new Sent(keys: 20, poisonPercent: 0);
        // Until they know of each other each moves its own.
        await Eventually(async () =>
        {
            await sent.Publish(both[writer], 40);
            Assert.NotEqual(0, Volatile.Read(ref moved[publisher]));
        });
        await AllSeen(sent, sent.Count);
        Array.Clear(moved);

        await sent.Publish(both[writer], 1000);
        await AllSeen(sent, sent.Count);
        output.WriteLine($"of 1,000 events that one replica wrote the other moved {moved[publisher]}");
        Assert.Equal(1000, moved.Sum());
        Assert.InRange(moved[publisher], 501, 1000);

        await both[publisher].StopAsync();
        await sent.Publish(both[writer], 200);
        await AllSeen(sent, sent.Count);
        await OnceAndInOrder(sent);
        await both[writer].StopAsync();
        foreach (var one in both)
            one.Dispose();
    }

    [Fact]
    public async Task A_broker_that_dies_while_events_are_published_and_comes_back_loses_and_repeats_nothing()
    {
        var settings = await broker.Settings();
        using var process = host.Build(settings);
        await process.StartAsync();
        var sent = new Sent(keys: 50, poisonPercent: 0);
        await sent.Publish(process, 500);
        await broker.Kill();
        await sent.Publish(process, 500);
        // Whoever starts now finds no broker, and waits for it.
        using var another = host.Build(settings);
        await another.StartAsync();
        await broker.Start();
        await sent.Publish(another, 500);

        await AllSeen(sent, 1500);
        await OnceAndInOrder(sent);
        await process.StopAsync();
        await another.StopAsync();
    }

    [Fact]
    public async Task What_follows_a_dead_letter_waits_behind_it_on_any_replica_and_a_replay_applies_all_of_it_once()
    {
        var settings = await broker.Settings();
        var one = host.Build(settings);
        await one.StartAsync();
        var sent = new Sent(keys: 1, poisonPercent: 0);
        await sent.Publish(one, 1, poison: true);
        await host.Until($"select count(*) from {Parked(sent)}", 1, Limit);
        await EventHost.Sql(
            host.Owner, $"update beta.parked set attempts = 4, next_try_at = now() where key in ({sent.Keys})");
        await host.Until($"select count(*) from {Parked(sent)} and dead and reason like '%Planted%'", 1, Limit);

        // The next one knows it only from the database.
        await one.StopAsync();
        one.Dispose();
        using var two = host.Build(settings);
        await two.StartAsync();
        await sent.Publish(two, 20);
        await host.Until($"select count(*) from {Parked(sent)}", 21, Limit / 2);
        Assert.Equal(0, await host.Ask<long>($"select count(*) from {Seen(sent)}"));

        sent.Heal();
        await Replay(sent);
        await host.Until($"select count(*) from {Parked(sent)}", 0, Limit);
        await OnceAndInOrder(sent);
        await two.StopAsync();
    }

    [Fact]
    public async Task What_follows_an_event_waits_behind_it_though_another_replica_parked_it_and_nobody_was_told()
    {
        var settings = await broker.Settings();
        using var process = host.Build(settings);
        await process.StartAsync();
        var sent = new Sent(keys: 1, poisonPercent: 0);
        await sent.Publish(process, 1);
        await host.Until($"select count(*) from {Seen(sent)}", 1, Limit);

        await EventHost.Sql(host.Owner, $"""
            insert into beta.parked (id, topic, pos, type, key, payload, reason, dead)
            values (gen_random_uuid(), 'alpha', 0, 'Happened', {sent.Keys}, '{"{}"}', 'by another replica', true)
            """);
        await sent.Publish(process, 5);

        var behind = $"select count(*) from {Parked(sent)} and reason like 'behind%'";
        await host.Until($"select ({behind}) + (select count(*) from {Seen(sent)})", 6, Limit);
        Assert.Equal(5, await host.Ask<long>(behind));
        await EventHost.Sql(host.Owner, $"delete from {Parked(sent)} and dead");
        await host.Until($"select count(*) from {Parked(sent)}", 0, Limit);
        await OnceAndInOrder(sent);
        await process.StopAsync();
    }

    private static string Seen(Sent sent) => $"beta.seen where key in ({sent.Keys})";

    private static string Parked(Sent sent) => $"beta.parked where key in ({sent.Keys})";

    private async Task AllSeen(Sent sent, long count)
    {
        try
        {
            await host.Until($"select count(distinct event) from {Seen(sent)}", count, Limit);
        }
        catch (Exception e)
        {
            // Late, parked or lost: nobody can say afterwards.
            var missing = await host.Ask<string>($"""
                select coalesce(string_agg(format('at %s: %s, parked: %s, inbox: %s, later ones of its key seen: %s', l.pos, l.payload,
                           (select p.reason from beta.parked p where p.id = l.id), exists (select from beta.inbox i where i.id = l.id),
                           (select count(*) from beta.seen s where s.key = l.key and s.step > (l.payload ->> 'step')::int)), E'\n'), '')
                  from alpha.log l
                 where l.key in ({sent.Keys}) and (l.payload ->> 'id')::uuid not in (select event from beta.seen)
                """);
            throw new InvalidOperationException($"Not seen:\n{missing}", e);
        }
    }

    private Task Replay(Sent sent) => EventHost.Sql(host.Owner, $"""
        update beta.parked set dead = false, attempts = 0, next_try_at = now() where key in ({sent.Keys}) and dead
        """);

    private async Task OnceAndInOrder(Sent sent)
    {
        var mine = Seen(sent);
        Assert.Equal(sent.Count, await host.Ask<long>($"select count(*) from {mine}"));
        Assert.Equal(sent.Count, await host.Ask<long>($"select count(distinct event) from {mine}"));
        Assert.Equal("", await host.Ask<string>($"""
            select coalesce(string_agg(steps, E'\n'), '') from (
                select string_agg(step::text, ' ' order by n) as steps, array_agg(step order by n) as found
                  from {mine} group by key) k
             where found <> array(select generate_series(1, cardinality(found)))
            """));
        // What the consumer published with it, too.
        Assert.Equal(
            await host.Ask<long>($"select count(*) from {mine} and step % 10 = 0"),
            await host.Ask<long>($"select count(*) from beta.log where key in ({sent.Keys})"));
    }

    /// <summary>Events as requests publish them, numbered within their key.</summary>
    private sealed class Sent(int keys, int poisonPercent)
    {
        public const int Seed = 4;
        private readonly Random random = new(Seed);
        private readonly Guid[] all = [.. Enumerable.Range(0, keys).Select(_ => Guid.CreateVersion7())];
        private readonly Dictionary<Guid, int> steps = [];
        private readonly HashSet<Guid> spoilt = [];
        private readonly List<Guid> poisoned = [];

        public int Count { get; private set; }

        /// <summary>How many are poisoned or stand behind one that is.</summary>
        public int Parked { get; private set; }

        public string Keys => string.Join(',', all.Select(key => $"'{key}'"));

        public async Task Publish(IHost process, int count, bool poison = false, TimeSpan slow = default)
        {
            for (var n = 0; n < count; n += 20)
            {
                await using var scope = process.Services.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
                db.Work.Start();
                for (var m = n; m < Math.Min(n + 20, count); m++)
                    db.Publish(Next(poison, m == 100 ? slow : default));
                await db.Commit(last: null, CancellationToken.None);
            }
        }

        public void Heal()
        {
            lock (OnHappened.Poison)
                OnHappened.Poison.ExceptWith(poisoned);
        }

        private Happened Next(bool poison, TimeSpan slow)
        {
            var key = all[random.Next(all.Length)];
            var e = new Happened(key, Guid.CreateVersion7(), steps[key] = steps.GetValueOrDefault(key) + 1);
            Count++;
            if (poison || random.Next(100) < poisonPercent)
            {
                lock (OnHappened.Poison)
                    OnHappened.Poison.Add(e.Id);
                poisoned.Add(e.Id);
                spoilt.Add(key);
            }
            if (spoilt.Contains(key))
                Parked++;
            if (slow > TimeSpan.Zero)
                OnHappened.Slow[e.Id] = slow;
            return e;
        }
    }
}

/// <summary>They share the broker, and one of them kills it.</summary>
[CollectionDefinition("kafka")]
public sealed class KafkaTests;

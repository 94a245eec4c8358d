using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Souk.Contracts;
using Souk.IntegrationTests.Events.Alpha;
using Souk.Platform.Db;
using Souk.Platform.Events;

namespace Souk.IntegrationTests.Events;

/// <summary>P8 and P9 in short form: every event once, in order per key, and a bad one stops nobody but its own key.</summary>
public sealed class EventCoreTests(EventHost host, ITestOutputHelper output) : IClassFixture<EventHost>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private const int RacedMin = 3_000;

    [Fact]
    public async Task Five_thousand_events_are_applied_once_and_in_order_despite_a_held_transaction_duplicates_and_poison()
    {
        using var process = host.Build();
        var scopes = process.Services.GetRequiredService<IServiceScopeFactory>();
        var random = new Random(20);
        Guid[] keys = [.. Enumerable.Range(0, 200).Select(_ => Guid.CreateVersion7())];
        var steps = keys.ToDictionary(key => key, _ => 0);
        var sent = new List<(Guid Key, Guid Id, int Step)>();
        await process.StartAsync();

        // D6: an earlier place in the outbox that commits long after later ones.
        var held = HoldOneOpen(TimeSpan.FromSeconds(5));

        var poisoned = new HashSet<Guid>();
        for (var n = 0; n < 5000;)
        {
            var events = new List<IEvent>();
            for (var m = random.Next(1, 20); m > 0 && n < 5000; m--, n++)
            {
                var key = keys[random.Next(keys.Length)];
                var (id, step) = (Guid.CreateVersion7(), ++steps[key]);
                sent.Add((key, id, step));
                events.Add(new Happened(key, id, step));
                if (random.Next(100) == 0)
                    lock (OnHappened.Poison)
                        if (OnHappened.Poison.Add(id))
                            poisoned.Add(id);
            }
            // Like a request: through the outbox and its relay.
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
            db.Work.Start();
            foreach (var e in events)
                db.Publish(e);
            await db.Commit(last: null, CancellationToken.None);
        }
        var lateKey = await held;

        // Who did not come to rest behind a poisoned event of its key was applied, everybody else waits.
        var firstBad = sent.Where(e => poisoned.Contains(e.Id)).GroupBy(e => e.Key).ToDictionary(g => g.Key, g => g.Min(e => e.Step));
        var good = sent.Count(e => !firstBad.TryGetValue(e.Key, out var bad) || e.Step < bad);
        await host.Until("select count(*) from beta.seen where step > 0", good + 1, Limit);
        await host.Until($"select count(*) from beta.parked", sent.Count - good, Limit);
        Assert.Equal(1, await host.Ask<long>($"select count(*) from beta.seen where key = '{lateKey}'"));

        // After the limit of tries they are dead letters, with the reason.
        await host.Until("select count(*) from beta.parked where dead and attempts = 5 and reason like '%Planted%'", firstBad.Count, Limit);

        // Mended, and replayed: once each, in the order of their keys.
        lock (OnHappened.Poison)
            OnHappened.Poison.ExceptWith(poisoned);
        await EventHost.Sql(host.Owner, "update beta.parked set dead = false, attempts = 0, next_try_at = now()");
        await host.Until("select count(*) from beta.parked", 0, Limit);

        // The same events again, as a publisher that repeats itself would: the inbox knows them.
        await EventHost.Sql(host.Owner, """
            with again as (select id, type, key, payload, row_number() over (order by pos) n from alpha.log where type = 'Happened' limit 500),
                 moved as (insert into alpha.log (pos, id, type, key, payload) select (select next from alpha.topic) + n - 1, id, type, key, payload from again returning 1)
            update alpha.topic set next = next + (select count(*) from moved)
            """);
        await Publish(scopes, new Happened(lateKey, Guid.CreateVersion7(), 2));
        await host.Until($"select count(*) from beta.seen where key = '{lateKey}'", 2, Limit);

        var inversions = await host.Ask<long>("select count(*) from (select step - lag(step) over (partition by key order by n) as d from beta.seen) x where d <= 0");
        var distinct = await host.Ask<long>("select count(distinct event) from beta.seen");
        var total = await host.Ask<long>("select count(*) from beta.seen");
        output.WriteLine($"seed 20: sent {sent.Count + 2}, applied {total}, distinct {distinct}, inversions {inversions}, poison {poisoned.Count}, parked behind it {sent.Count - good - firstBad.Count}");
        Assert.Equal(sent.Count + 2, total);
        Assert.Equal(total, distinct);
        Assert.Equal(0, inversions);
        Assert.Equal(await host.Ask<long>("select count(*) from beta.seen where step % 10 = 0"), await host.Ask<long>("select count(*) from beta.log"));
        await process.StopAsync();
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_or_whose_key_is_wrong_is_parked_and_others_flow()
    {
        using var process = host.Build();
        await process.StartAsync();
        var scopes = process.Services.GetRequiredService<IServiceScopeFactory>();
        var (good, bad, wrong) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await EventHost.Sql(host.Owner, $"""
            insert into alpha.outbox (id, type, key, payload) values
                (gen_random_uuid(), 'Sprang', '{bad}', '"not an object"'), (gen_random_uuid(), 'Sprang', '{wrong}', '{JsonSerializer.Serialize(new Sprang(good, good, 1), Souk.Platform.Json.Events)}')
            """);
        await Publish(scopes, new Sprang(good, good, 1), new Sprang(bad, bad, 2));

        await host.Until($"select count(*) from beta.effects where event = '{good}'", 1, Limit);
        await host.Until($"select count(*) from beta.parked where key in ('{bad}', '{wrong}') and type = 'Sprang'", 3, Limit);
        Assert.Equal(0, await host.Ask<long>($"select count(*) from beta.effects where event = '{bad}'"));
        await EventHost.Sql(host.Owner, "delete from beta.parked");
        await process.StopAsync();
    }

    [Fact]
    public async Task Two_processes_consume_for_one_service_and_each_event_is_applied_once()
    {
        using var one = host.Build();
        using var two = host.Build();
        await one.StartAsync();
        await two.StartAsync();
        var scopes = two.Services.GetRequiredService<IServiceScopeFactory>();
        Guid[] ids = [.. Enumerable.Range(0, 400).Select(_ => Guid.CreateVersion7())];
        for (var n = 0; n < ids.Length; n++)
        {
            await Publish(scopes, new Sprang(ids[n], ids[n], 1));
            if (n == 200)
                await one.StopAsync();
        }
        var wanted = string.Join(',', ids.Select(id => $"'{id}'"));
        await host.Until($"select count(*) from beta.effects where event in ({wanted})", ids.Length, Limit);
        Assert.Equal(ids.Length, await host.Ask<long>($"select count(distinct event) from beta.effects where event in ({wanted})"));
        await two.StopAsync();
    }

    [Fact]
    public async Task Four_relays_race_writers_and_appending_consumers_without_deadlock_gap_or_inversion()
    {
        using var process = host.Build();
        var service = process.Services.GetRequiredService<Service<AlphaDb>>();
        var scopes = process.Services.GetRequiredService<IServiceScopeFactory>();
        // Until enough has raced, however long a slow machine takes for it.
        using var end = new CancellationTokenSource(Limit);
        Guid[] keys = [.. Enumerable.Range(0, 40).Select(_ => Guid.CreateVersion7())];
        await EventHost.Sql(host.Owner, "create table alpha.aggregates (id uuid primary key, step int not null); grant select, update on alpha.aggregates to public");
        await EventHost.Sql(host.Owner, string.Join(';', keys.Select(key => $"insert into alpha.aggregates values ('{key}', 0)")));
        var (failures, written) = (0, 0);

        // Every writer locks its aggregate's row first and gives the event the number it got there.
        async Task Write(bool append, int seed)
        {
            var random = new Random(seed);
            while (!end.IsCancellationRequested)
                try
                {
                    await using var scope = scopes.CreateAsyncScope();
                    var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
                    db.Work.Start();
                    var key = keys[random.Next(keys.Length)];
                    var step = (await db.Query("update aggregates set step = step + 1 where id = $1 returning step", row => row.GetInt32(0), CancellationToken.None, key))[0];
                    db.Publish(new Raced(key, step));
                    if (append)
                        await db.CommitBatch(CancellationToken.None);
                    else
                        await db.Commit(last: null, CancellationToken.None);
                    if (Interlocked.Increment(ref written) == RacedMin)
                        await end.CancelAsync();
                }
                catch (PostgresException)
                {
                    Interlocked.Increment(ref failures);
                }
        }
        async Task Move()
        {
            var relay = ActivatorUtilities.CreateInstance<Relay>(process.Services, service);
            while (!end.IsCancellationRequested)
                try
                {
                    await relay.MoveBatch(CancellationToken.None);
                }
                catch (PostgresException)
                {
                    Interlocked.Increment(ref failures);
                }
        }
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, 8).Select(n => Task.Run(() => Write(append: false, n))),
            .. Enumerable.Range(8, 4).Select(n => Task.Run(() => Write(append: true, n))),
            .. Enumerable.Range(0, 4).Select(_ => Task.Run(Move)),
        ]);
        await ActivatorUtilities.CreateInstance<Relay>(process.Services, service).MoveBatch(CancellationToken.None);

        var rows = await host.Ask<long>("select count(*) from alpha.log where type = 'Raced'");
        var gaps = await host.Ask<long>("select (select max(pos) - min(pos) + 1 from alpha.log) - (select count(*) from alpha.log)");
        var inversions = await host.Ask<long>("""
            select count(*) from (select (payload->>'step')::int - lag((payload->>'step')::int) over (partition by key order by pos) as d
                                    from alpha.log where type = 'Raced') x where d <> 1
            """);
        output.WriteLine($"{rows} events, {failures} failed transactions, {gaps} gaps, {inversions} inversions");
        Assert.True(rows >= RacedMin, $"only {rows} events raced");
        Assert.Equal((0, 0L, 0L), (failures, gaps, inversions));
        Assert.Equal(rows, await host.Ask<long>("select sum(step) from alpha.aggregates"));
    }

    private async Task<Guid> HoldOneOpen(TimeSpan time)
    {
        var key = Guid.CreateVersion7();
        await using var connection = new NpgsqlConnection(host.Owner);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var payload = JsonSerializer.Serialize(new Happened(key, key, 1), Souk.Platform.Json.Events);
        await using (var insert = new NpgsqlCommand($"insert into alpha.outbox (id, type, key, payload) values (gen_random_uuid(), 'Happened', '{key}', '{payload}')", connection))
            await insert.ExecuteNonQueryAsync();
        await Task.Delay(time);
        await transaction.CommitAsync();
        return key;
    }

    private static async Task Publish(IServiceScopeFactory scopes, params IEvent[] events)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
        db.Work.Start();
        foreach (var e in events)
            db.Publish(e);
        await db.Commit(last: null, CancellationToken.None);
    }
}

using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Souk.Contracts;
using Souk.IntegrationTests.Events.Alpha;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;

namespace Souk.IntegrationTests.Events;

/// <summary>P8: each way to lose an event, to apply it twice or out of order, alone and made to happen.</summary>
public sealed class DeliveryTests(EventHost host) : IClassFixture<EventHost>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_event_that_commits_late_is_not_skipped()
    {
        using var process = host.Build();
        await process.StartAsync();
        var (late, early) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var connection = new NpgsqlConnection(host.Owner);
        await connection.OpenAsync();
        await using var open = await connection.BeginTransactionAsync();
        var payload = JsonSerializer.Serialize(new Sprang(late, late, 1), Json.Events);
        await using var write = new NpgsqlCommand(
            "insert into alpha.outbox (id, type, key, payload) values ($1, 'Sprang', $1, $2::jsonb)", connection)
        {
            Parameters = { new() { Value = late }, new() { Value = payload } },
        };
        await write.ExecuteNonQueryAsync();

        await Publish(process, new Sprang(early, early, 1));
        await Applied(early);
        await open.CommitAsync();

        await Applied(late);
        await process.StopAsync();
    }

    [Fact]
    public async Task What_a_dead_process_left_in_its_outbox_is_delivered_by_the_next()
    {
        var left = Guid.CreateVersion7();
        // Never started: it commits and dies before its relay has come round.
        using (var dead = host.Build())
            await Publish(dead, new Sprang(left, left, 1));

        using var next = host.Build();
        await next.StartAsync();

        await Applied(left);
        await next.StopAsync();
    }

    [Fact]
    public async Task A_relay_whose_connection_dies_delivers_when_it_is_back()
    {
        await DieIn("alpha.log", "1, 2");
        using var process = host.Build();
        await process.StartAsync();
        var last = Guid.CreateVersion7();

        // One event only: nothing that is written later wakes the relay.
        await Publish(process, new Sprang(last, last, 1));

        await Applied(last);
        Assert.Equal(3, await host.Ask<long>("select last_value from alpha.log_deaths"));
        await Heal("alpha.log");
        await process.StopAsync();
    }

    [Fact]
    public async Task A_consumer_that_dies_between_inbox_and_effect_applies_everything_once()
    {
        await DieIn("beta.inbox", "2, 5, 6");
        await DieIn("beta.effects", "1, 3");
        using var process = host.Build();
        await process.StartAsync();
        var ids = new List<Guid>();

        for (var round = 1; round <= 4; round++)
        {
            Guid[] batch = [.. Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7())];
            ids.AddRange(batch);
            await Publish(process, [.. batch.Select(id => new Sprang(id, id, round))]);
            await host.Until($"select count(distinct event) {Effects(ids)}", ids.Count, Limit);
        }

        Assert.Equal(ids.Count, await host.Ask<long>($"select count(*) {Effects(ids)}"));
        Assert.True(await host.Ask<long>("select last_value from beta.inbox_deaths") > 6);
        Assert.True(await host.Ask<long>("select last_value from beta.effects_deaths") > 3);
        await Heal("beta.inbox");
        await Heal("beta.effects");
        await process.StopAsync();
    }

    [Fact]
    public async Task A_backlog_longer_than_a_batch_is_applied_whole_and_in_order()
    {
        const int count = 3000;
        Guid[] keys = [.. Enumerable.Range(0, 10).Select(_ => Guid.CreateVersion7())];
        using var process = host.Build();
        for (var n = 0; n < count; n += 50)
            await Publish(process, [.. Enumerable.Range(n, 50).Select(Step)]);
        // All of it is in the log before anybody reads it.
        var relay = ActivatorUtilities.CreateInstance<Relay>(
            process.Services, process.Services.GetRequiredService<Service<AlphaDb>>());
        while (await relay.MoveBatch(CancellationToken.None) > 0)
        {
        }

        await process.StartAsync();

        var mine = $"beta.seen where key in ({List(keys)})";
        await host.Until($"select count(*) from {mine}", count, Limit);
        Assert.Equal(count, await host.Ask<long>($"select count(distinct event) from {mine}"));
        Assert.Equal(0, await host.Ask<long>($"""
            select count(*) from (select step - lag(step) over (partition by key order by n) as d from {mine}) x
             where d <> 10
            """));
        await process.StopAsync();

        Happened Step(int n) => new(keys[n % 10], Guid.CreateVersion7(), n);
    }

    private Task Applied(Guid id) => host.Until($"select count(*) {Effects([id])}", 1, Limit);

    private static string Effects(IEnumerable<Guid> events) => $"from beta.effects where event in ({List(events)})";

    // The server ends whoever inserts into the table for the so-many-th time, in the middle of its transaction.
    private Task DieIn(string table, string times) => EventHost.Sql(host.Owner, $"""
        create sequence {table}_deaths;
        create function {table}_die() returns trigger language plpgsql security definer as $$ begin
            if nextval('{table}_deaths') in ({times}) then
                perform pg_terminate_backend(pg_backend_pid());
            end if;
            return null;
        end $$;
        create trigger die after insert on {table} for each statement execute function {table}_die();
        """);

    private Task Heal(string table) => EventHost.Sql(host.Owner, $"drop trigger die on {table}");

    private static async Task Publish(IHost process, params IEvent[] events)
    {
        await using var scope = process.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
        db.Work.Start();
        foreach (var e in events)
            db.Publish(e);
        await db.Commit(last: null, CancellationToken.None);
    }

    private static string List(IEnumerable<Guid> ids) => string.Join(',', ids.Select(id => $"'{id}'"));
}

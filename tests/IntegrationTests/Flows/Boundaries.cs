using Npgsql;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// Stops a running marketplace in the very statement that is about to make a step true: a trigger waits for a lock
/// that the test holds. There, the process can be killed with the step undone or done; the product knows nothing of
/// it.
/// </summary>
internal sealed class Boundaries(TestDatabase database) : IAsyncDisposable
{
    private const int Key = 4711;
    private static readonly string[] Services = ["inventory", "carts", "orders", "payments"];

    // Those of the spots armed here at which somebody stands; the other databases of the server have theirs.
    private const string Waiting = """
        select a.spot, l.pid
          from pg_locks l join stops.armed a on l.objid::bigint = hashtext(a.spot)::bigint & 4294967295
         where l.locktype = 'advisory' and l.classid = 4711 and not l.granted
           and l.database = (select oid from pg_database where datname = current_database())
        """;

    private NpgsqlConnection? holder;

    /// <summary>
    /// Where events are written and handled, and where effects without events are, each row named by what it says. The
    /// transaction waits in its commit: everything it does is done, and nothing of it true.
    /// </summary>
    public async Task Plant()
    {
        await Execute("""
            create schema stops;
            create table stops.armed (spot text primary key);
            create function stops.halt() returns trigger language plpgsql security definer as $$
            declare
                row jsonb := to_jsonb(new);
                here text;
            begin
                if not exists (select 1 from stops.armed) then
                    return null;
                elsif tg_table_name = 'inbox' then
                    select format('%s handles %s', tg_table_schema, type) into here
                      from (select id, type from carts.log union all select id, type from orders.log union all
                            select id, type from inventory.log union all select id, type from payments.log) as e
                     where e.id = new.id;
                else
                    here := trim(format('%s.%s %s %s', tg_table_schema, regexp_replace(tg_table_name, '_\d+$', ''),
                                        lower(tg_op), coalesce(row->>'type', row->>'state', '')));
                end if;
                if exists (select 1 from stops.armed where spot = here) then
                    -- The test is quick, but not as quick as the time limits of the services.
                    perform set_config('lock_timeout', '0', true);
                    perform pg_advisory_xact_lock_shared(4711, hashtext(here));
                end if;
                return null;
            end $$;
            """);
        foreach (var service in Services)
            foreach (var table in new[] { "outbox", "log", "inbox" })
                await Watch($"{service}.{table}", "insert");
        await Watch("payments.webhooks", "insert");
        await Watch("gateway_simulator.charges", "insert or update");
    }

    /// <summary>The next transactions that come to these spots wait there.</summary>
    public async Task Arm(params string[] spots)
    {
        if (holder is null)
        {
            holder = new NpgsqlConnection(database.Owner);
            await holder.OpenAsync();
        }
        foreach (var spot in spots)
        {
            await using var hold = new NpgsqlCommand("select pg_advisory_lock($1, hashtext($2))", holder)
            {
                Parameters = { new() { Value = Key }, new() { Value = spot } },
            };
            await hold.ExecuteNonQueryAsync();
            await Execute("insert into stops.armed values ($1)", spot);
        }
    }

    /// <summary>Waits until somebody stands at each of them.</summary>
    public Task Reached(params string[] spots) => Eventually(
        async () => Assert.Empty(spots.Except(await database.Rows(Waiting, row => row.GetString(0)))),
        TimeSpan.FromSeconds(60));

    /// <summary>
    /// Nobody waits any more: with the steps undone as if the process had died a moment before them, or done.
    /// </summary>
    public async Task Release(bool done)
    {
        if (!done)
            await database.Rows($"select pg_terminate_backend(pid) from ({Waiting}) as waiting", row => 0);
        var pids = await database.Rows(Waiting, row => row.GetInt32(1));
        await using (var unlock = new NpgsqlCommand("select pg_advisory_unlock_all()", holder))
            await unlock.ExecuteNonQueryAsync();
        await holder!.DisposeAsync();
        holder = null;
        // What stood there has gone its way, to its end.
        await Eventually(async () => Assert.Equal(0, (await database.Rows(
            "select count(*) from pg_stat_activity where pid = any($1) and state = 'active'",
            row => row.GetInt64(0), pids)).Single()));
        await Execute("delete from stops.armed");
    }

    public async ValueTask DisposeAsync()
    {
        if (holder is not null)
            await holder.DisposeAsync();
    }

    private Task Watch(string table, string what) => Execute($"""
        create constraint trigger stops after {what} on {table} deferrable initially deferred
            for each row execute function stops.halt()
        """);

    private async Task Execute(string sql, params object[] args) => await database.Rows(sql, row => 0, args);
}

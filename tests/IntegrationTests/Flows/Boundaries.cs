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
    private static readonly string[] Services = ["identity", "catalog", "inventory", "carts", "orders", "payments", "notifications"];
    private NpgsqlConnection? holder;

    /// <summary>
    /// Where events are written and where effects without events are, each row named by what it says.
    /// </summary>
    public async Task Plant()
    {
        await Execute("""
            create schema stops;
            create table stops.armed (spot text primary key);
            create function stops.halt() returns trigger language plpgsql security definer as $$
            declare
                row jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
                here text := trim(format('%s.%s %s %s', tg_table_schema, regexp_replace(tg_table_name, '_\d+$', ''), lower(tg_op),
                                    coalesce(row->>'type', row->>'reason', row->>'state', '')));
            begin
                if exists (select 1 from stops.armed where spot = here) then
                    -- The test is quick, but not as quick as the time limits of the services.
                    perform set_config('lock_timeout', '0', true);
                    perform pg_advisory_xact_lock_shared(4711);
                end if;
                return case when tg_op = 'DELETE' then old else new end;
            end $$;
            """);
        foreach (var service in Services)
            await Execute($"""
                create trigger stops before insert on {service}.outbox for each row execute function stops.halt();
                create trigger stops before insert on {service}.log for each row execute function stops.halt();
                """);
        await Execute("""
            create trigger stops before insert or update on gateway_simulator.charges for each row execute function stops.halt();
            create trigger stops before insert on orders.timeline for each row execute function stops.halt();
            create trigger stops before delete on inventory.holds for each row execute function stops.halt();
            create trigger stops before delete on inventory.reservations for each row execute function stops.halt();
            create trigger stops before update on carts.idempotency for each row execute function stops.halt();
            create trigger stops before insert on payments.ledger_entries for each row execute function stops.halt();
            """);
    }

    /// <summary>The next transaction that comes to this spot waits there.</summary>
    public async Task Arm(string spot)
    {
        holder = new NpgsqlConnection(database.Owner);
        await holder.OpenAsync();
        await On(holder, $"select pg_advisory_lock({Key})");
        await Execute("insert into stops.armed values ($1)", spot);
    }

    /// <summary>Waits until somebody stands there.</summary>
    public Task Reached(string spot) => Eventually(
        async () => Assert.True(await Waiting() > 0, $"Nobody came to {spot}."), TimeSpan.FromSeconds(120));

    /// <summary>
    /// Nobody waits any more: with the step undone as if the process had died a moment before it, or done.
    /// </summary>
    public async Task Release(bool done)
    {
        await Execute("delete from stops.armed");
        if (!done)
            await database.Rows("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted", row => 0);
        await On(holder!, $"select pg_advisory_unlock({Key})");
        await holder!.DisposeAsync();
        holder = null;
        await Eventually(async () => Assert.Equal(0, await Waiting()));
    }

    public async ValueTask DisposeAsync()
    {
        if (holder is not null)
            await holder.DisposeAsync();
    }

    private async Task<long> Waiting() => (await database.Rows(
        "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted", row => row.GetInt64(0))).Single();

    private async Task Execute(string sql, params object[] args) => await database.Rows(sql, row => 0, args);

    private static async Task On(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

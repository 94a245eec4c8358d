using System.CommandLine;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Host.Commands;

/// <summary>
/// <c>souk dead-letters</c>: the events that a service could not apply. While one is dead, later events of its key wait
/// behind it: it is either replayed, once its cause is gone, or discarded. Both are written into the audit trail.
/// </summary>
internal static class DeadLetters
{
    private const int ListMax = 200;

    public static Command Command()
    {
        var service = new Option<string?>("--service") { Description = "Only this service. Default: all." };
        var all = new Option<bool>("--waiting") { Description = "List what waits behind dead ones or for its next try, too." };
        var list = new Command("list", "List dead letters: which service, which event, since when and why.") { service, all };
        list.SetAction((parsed, ct) => CommandLine.With([], (app, _) => List(app, parsed.GetValue(service), parsed.GetValue(all), ct), ct));

        var id = new Argument<Guid>("id") { Description = "The event's id, as list prints it." };
        var show = new Command("show", "Show one with its payload.") { id };
        show.SetAction((parsed, ct) => CommandLine.With([], (app, _) => Show(app, parsed.GetValue(id), ct), ct));

        return new Command("dead-letters", "Look at events that could not be applied; replay or discard them.")
        {
            list, show,
            Change("replay", "Try them again: each is applied once, and what waits behind it follows.",
                "update parked set dead = false, attempts = 0, next_try_at = now() where id = any($1) and dead returning id"),
            Change("discard", "Give them up: their effect never happens, and what waits behind them goes on.",
                // Written down as applied: should it be delivered once more, it stays given up.
                """
                with gone as (delete from parked where id = any($1) and dead returning id)
                insert into inbox (id) select id from gone on conflict do nothing
                """),
        };
    }

    private static Command Change(string verb, string description, string sql)
    {
        var id = new Argument<Guid?>("id") { Description = "The event's id. Or say --all.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "All dead ones (of --service, when it is given)." };
        var service = new Option<string?>("--service") { Description = "Only this service. Default: all." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say how many it would be and change nothing." };
        var reason = new Option<string?>("--reason") { Description = "Why; kept in the audit trail." };
        var command = new Command(verb, description) { id, all, service, dryRun, reason };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(id) is null) == !result.GetValue(all))
                result.AddError($"Say which one: souk dead-letters {verb} <id>, or --all.");
        });
        command.SetAction((parsed, ct) => CommandLine.With([], (app, _) => Apply(
            app, verb, sql, parsed.GetValue(id), parsed.GetValue(service), parsed.GetValue(dryRun), parsed.GetValue(reason), ct), ct));
        return command;
    }

    private static async Task<int> List(WebApplication app, string? only, bool waiting, CancellationToken ct)
    {
        var count = 0;
        foreach (var service in Services(app, only))
        {
            await using var command = service.DataSource.CreateCommand(
                "select id, type, key, dead, attempts, first_failed_at, reason from parked where dead or $1 order by first_failed_at, topic, pos limit $2");
            command.Parameters.Add(new() { Value = waiting });
            command.Parameters.Add(new() { Value = ListMax });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                count++;
                Console.WriteLine(
                    $"{service.Name,-14} {reader.GetGuid(0)} {(reader.GetBoolean(3) ? "dead   " : "waiting")} {reader.GetString(1)} key={reader.GetGuid(2)} "
                    + $"attempts={reader.GetInt32(4)} since={reader.GetFieldValue<DateTimeOffset>(5):u} {FirstLine(reader.GetString(6))}");
            }
        }
        Console.WriteLine(count == 0 ? "None." : $"{count} listed (at most {ListMax} of a service).");
        return 0;
    }

    private static async Task<int> Show(WebApplication app, Guid id, CancellationToken ct)
    {
        foreach (var service in Services(app, null))
        {
            await using var command = service.DataSource.CreateCommand("""
                select topic, pos, type, key, dead, attempts, first_failed_at, next_try_at, reason, jsonb_pretty(payload::jsonb), trace,
                       (select count(*) from parked behind where behind.topic = p.topic and behind.key = p.key and behind.pos > p.pos)
                  from parked p where id = $1
                """);
            command.Parameters.Add(new() { Value = id });
            await using var reader = await command.ExecuteReaderAsync(ct);
            if (!await reader.ReadAsync(ct))
                continue;
            Console.WriteLine($"""
                service          {service.Name}
                event            {reader.GetString(2)} {id}
                from             {reader.GetString(0)}, position {reader.GetInt64(1)}
                key              {reader.GetGuid(3)}; {reader.GetInt64(11)} wait behind it
                state            {(reader.GetBoolean(4) ? "dead" : $"waits for its next try at {reader.GetFieldValue<DateTimeOffset>(7):u}")}
                attempts         {reader.GetInt32(5)}, the first failed at {reader.GetFieldValue<DateTimeOffset>(6):u}
                trace            {(reader.IsDBNull(10) ? "none" : reader.GetString(10))}
                reason           {reader.GetString(8)}
                payload
                {reader.GetString(9)}
                """);
            return 0;
        }
        await Console.Error.WriteLineAsync("souk: No service has parked such an event.");
        return 1;
    }

    private static async Task<int> Apply(
        WebApplication app, string verb, string sql, Guid? id, string? only, bool dryRun, string? reason, CancellationToken ct)
    {
        var count = 0;
        foreach (var service in Services(app, only))
        {
            await using var connection = await service.DataSource.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var ids = new List<Guid>();
            await using (var find = new NpgsqlCommand("select id from parked where dead and ($1::uuid is null or id = $1) order by topic, pos for update", connection))
            {
                find.Parameters.Add(Pg.Uuid(id));
                await using var reader = await find.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                    ids.Add(reader.GetGuid(0));
            }
            count += ids.Count;
            if (dryRun || ids.Count == 0)
                continue;
            await using (var audit = new NpgsqlCommand("""
                insert into audit (id, action, entity, entity_id, before, reason)
                select u.audit_id, $3, 'event', p.id, jsonb_build_object('type', p.type, 'key', p.key, 'topic', p.topic, 'reason', p.reason), $4
                  from unnest($1, $2) u(audit_id, id) join parked p on p.id = u.id
                """, connection))
            {
                audit.Parameters.Add(new() { Value = ids.Select(_ => Guid.CreateVersion7()).ToArray() });
                audit.Parameters.Add(new() { Value = ids.ToArray() });
                audit.Parameters.Add(new() { Value = "dead_letter." + verb });
                audit.Parameters.Add(Pg.Text(reason));
                await audit.ExecuteNonQueryAsync(ct);
            }
            await using (var change = new NpgsqlCommand(sql, connection))
            {
                change.Parameters.Add(new() { Value = ids.ToArray() });
                await change.ExecuteNonQueryAsync(ct);
            }
            await transaction.CommitAsync(ct);
        }
        Console.WriteLine(dryRun ? $"{count} would be {verb}ed." : $"{count} {verb}ed.");
        return count > 0 || id is null ? 0 : 1;
    }

    private static IEnumerable<Service> Services(WebApplication app, string? only) =>
        app.Services.GetServices<Service>().Where(service => only is null || service.Name == only);

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd();
}

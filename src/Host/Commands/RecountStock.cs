using System.CommandLine;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Host.Commands;

/// <summary>
/// <c>souk stock recount</c>: compares the counters of the stock with what they must be, the sums of the movements and of the
/// reservations, and with <c>--apply</c> makes them that. Serving goes on: each offer is locked for a moment, as a sale does.
/// </summary>
internal static class RecountStock
{
    private const long LockKey = 0x5265636F756E74; // "Recount"

    // Movements say what lies there, reservations what orders claim. All three are written by one statement: in
    // one snapshot they agree, whatever goes on, and what they differ by stays the same while they all go on.
    private const string Wrong = """
        with folded as (
            select offer_id, warehouse_id, sum(on_hand_change)::bigint as on_hand,
                   sum(reserved_change)::bigint as claimed
              from movements group by 1, 2),
        held as (select offer_id, warehouse_id, sum(quantity)::bigint as claimed from reservations group by 1, 2)
        select offer_id, warehouse_id, coalesce(s.on_hand, 0), coalesce(s.reserved + s.backordered, 0),
               coalesce(f.on_hand, 0), coalesce(f.claimed, 0), coalesce(h.claimed, 0)
          from stock s full join folded f using (offer_id, warehouse_id) full join held h using (offer_id, warehouse_id)
         where coalesce(s.on_hand, 0) <> coalesce(f.on_hand, 0)
            or coalesce(s.reserved + s.backordered, 0) <> coalesce(h.claimed, 0)
            or coalesce(f.claimed, 0) <> coalesce(h.claimed, 0)
         order by 1, 2
        """;

    public static Command Command()
    {
        var apply = new Option<bool>("--apply")
        {
            Description = "Put right what is wrong. Without it nothing is changed.",
        };
        var reason = new Option<string?>("--reason") { Description = "Why; kept in the audit trail." };
        var recount = new Command(
            "recount", "Compare the counters of the stock with movements and reservations; a dry run unless --apply is given.")
        {
            apply, reason,
        };
        recount.SetAction((parsed, ct) => CommandLine.With(
            [], (app, _) => Run(
                app.Services, parsed.GetValue(apply), parsed.GetValue(reason), Console.Out, Console.Error, ct), ct));
        return new Command("stock", "Look after the counters of the stock.") { recount };
    }

    /// <summary>Does it; answers the exit code: 1 when something is, or stays, wrong.</summary>
    public static async Task<int> Run(
        IServiceProvider provider, bool apply, string? reason, TextWriter output, TextWriter error,
        CancellationToken ct)
    {
        if (provider.GetServices<Service>().FirstOrDefault(service => service.Name == "inventory") is not { } inventory)
        {
            await error.WriteLineAsync("souk: Inventory is not hosted here. Run it with --roles inventory, or all.");
            return 1;
        }
        // Two that put the same right would do it twice.
        await using var connection = await inventory.DataSource.OpenConnectionAsync(ct);
        await using var turn = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection);
        turn.Parameters.Add(new() { Value = LockKey });
        if (await turn.ExecuteScalarAsync(ct) is not true)
        {
            await error.WriteLineAsync("souk: Another recount runs. Wait for its end.");
            return 1;
        }
        try
        {
            return await Recount(inventory, connection, apply, reason, output, ct);
        }
        finally
        {
            // The pool keeps the connection.
            await Execute(connection, "select pg_advisory_unlock($1)", CancellationToken.None, LockKey);
        }
    }

    private static async Task<int> Recount(
        Service inventory, NpgsqlConnection connection, bool apply, string? reason, TextWriter output,
        CancellationToken ct)
    {
        var wrong = await Verify.Rows(inventory, Wrong, Difference.Read, ct);
        foreach (var difference in wrong)
            await output.WriteLineAsync(difference.ToString());
        if (wrong.Count == 0 || !apply)
        {
            await output.WriteLineAsync(wrong.Count == 0
                ? "All counters are right."
                : $"{wrong.Count} counters are wrong. souk stock recount --apply puts them right.");
            return wrong.Count == 0 ? 0 : 1;
        }
        var left = 0;
        foreach (var difference in wrong)
        {
            var put = await Right(connection, difference, reason, ct);
            left += put ? 0 : 1;
            if (!put)
                await output.WriteLineAsync(
                    $"offer {difference.OfferId} in warehouse {difference.WarehouseId}: "
                    + "its movements sum to less than nothing. "
                    + "Record what came in by POST /stock-movements, then run this again.");
        }
        await output.WriteLineAsync($"{wrong.Count - left} counters put right.");
        return left == 0 ? 0 : 1;
    }

    // Sales go on meanwhile, so the counters get what they lack and not what they should have been.
    private static async Task<bool> Right(
        NpgsqlConnection connection, Difference it, string? reason, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Execute(connection, "insert into stock (offer_id, warehouse_id) values ($1, $2) on conflict do nothing",
            ct, it.OfferId, it.WarehouseId);
        // All shelves of the offer, as everybody locks them.
        await Execute(connection, "select 1 from stock where offer_id = $1 order by offer_id, warehouse_id for update",
            ct, it.OfferId);
        var changed = await Execute(connection, """
            update stock
               set on_hand = on_hand + $3,
                   reserved = least(on_hand + $3, reserved + backordered + $4),
                   backordered = greatest(0, reserved + backordered + $4 - on_hand - $3),
                   version = version + 1
             where offer_id = $1 and warehouse_id = $2 and on_hand + $3 >= 0 and reserved + backordered + $4 >= 0
            """, ct, it.OfferId, it.WarehouseId, it.OnHand - it.CountedOnHand, it.Held - it.CountedClaimed);
        if (changed == 0)
            return false;
        if (it.Held != it.Claimed)
            await Execute(connection, """
                insert into movements (offer_id, warehouse_id, kind, on_hand_change, reserved_change, reason)
                values ($1, $2, case when $3 > 0 then 'reserve' else 'release' end, 0, $3, 'recount')
                """, ct, it.OfferId, it.WarehouseId, it.Held - it.Claimed);
        await Execute(connection, """
            insert into audit (id, action, entity, entity_id, before, after, reason)
            values ($1, 'stock.recount', 'offer', $2,
                    jsonb_build_object('warehouse_id', $3, 'on_hand', $4, 'claimed', $5),
                    jsonb_build_object('warehouse_id', $3, 'on_hand', $6, 'claimed', $7), $8)
            """,
            ct, Guid.CreateVersion7(), it.OfferId, it.WarehouseId, it.CountedOnHand, it.CountedClaimed, it.OnHand,
            it.Held, Pg.Text(reason));
        // What can be bought of it may be another figure now: the sweep says so.
        await Execute(
            connection, "insert into availability_due (offer_id) values ($1) on conflict do nothing", ct, it.OfferId);
        await transaction.CommitAsync(ct);
        return true;
    }

    private static async Task<int> Execute(
        NpgsqlConnection connection, string sql, CancellationToken ct, params object[] args)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(arg as NpgsqlParameter ?? new NpgsqlParameter { Value = arg });
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Counters that are not what they must be.</summary>
    /// <param name="OfferId">Of this offer.</param>
    /// <param name="WarehouseId">In this warehouse.</param>
    /// <param name="CountedOnHand">The counter of what lies there.</param>
    /// <param name="CountedClaimed">The counters of what orders claim.</param>
    /// <param name="OnHand">What the movements say lies there.</param>
    /// <param name="Claimed">What the movements say orders claim.</param>
    /// <param name="Held">What the reservations say orders claim.</param>
    private sealed record Difference(
        Guid OfferId, Guid WarehouseId, long CountedOnHand, long CountedClaimed, long OnHand, long Claimed, long Held)
    {
        public static Difference Read(NpgsqlDataReader row) => new(
            row.GetGuid(0), row.GetGuid(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
            row.GetInt64(6));

        public override string ToString() =>
            $"offer {OfferId} in warehouse {WarehouseId}: {CountedOnHand} on hand and {CountedClaimed} claimed; "
            + $"the movements say {OnHand} and {Claimed}, the reservations {Held}";
    }
}

using System.Diagnostics;
using Npgsql;

namespace Souk.Bench.Chaos;

/// <summary>
/// What must be 0 after the load, asked of the database by its owner, past the program. What one service stored beside another
/// <c>souk verify</c> compares.
/// </summary>
internal sealed class Audit(string owner)
{
    private static readonly TimeSpan DrainMax = TimeSpan.FromMinutes(1);

    // A batch's rows of the inbox have the time of its transaction, and the batches of a key follow one another. So an event
    // that has an earlier time than the one before it in its log, of the same key, was applied too early.
    private const string InvertedSql = """
        select format('select count(*) from (select at, lag(at) over (partition by consumer, topic, key order by pos) before
                         from (%s) applied join (%s) logs using (id)) pairs where at < before',
                      string_agg(format('select %L consumer, id, at from %I.inbox', nspname, nspname), ' union all '),
                      string_agg(format('select %L topic, id, key, pos from %I.log', nspname, nspname), ' union all '))
        """;

    private const string UnderWaySql = """
        select format('select %s + (select count(*) from payments.operations) + (select count(*) from orders.orders
                         where status in (''pending'', ''awaiting_payment'', ''capture_failed'') or status = ''confirmed'' and captured_at is null)',
                      string_agg(format('(select count(*) from %I.outbox) + (select count(*) from %I.parked where not dead)', nspname, nspname), ' + '))
        """;

    private const string DeadSql = "select 'select ' || string_agg(format('(select count(*) from %I.parked where dead)', nspname), ' + ')";

    private const string OfEachService = " from pg_namespace where to_regclass(format('%I.inbox', nspname)) is not null";

    /// <summary>Waits until all that is under way has ended, a minute at most; answers what has not, and how long it took.</summary>
    public async Task<(long Stuck, TimeSpan Took)> Drain()
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var (stuck, took) = (await Number((string)await One(UnderWaySql + OfEachService)), Stopwatch.GetElapsedTime(started));
            if (stuck == 0 || took > DrainMax)
                return (stuck, took);
            await Task.Delay(100);
        }
    }

    /// <summary>Orders that were acknowledged and are not there, or were confirmed and are not any more.</summary>
    public async Task<long> Lost(IReadOnlyCollection<Purchase> purchases)
    {
        var status = new Dictionary<Guid, string>();
        await using var connection = await Open();
        await using var command = new NpgsqlCommand("select id, status from orders.orders", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            status.Add(reader.GetGuid(0), reader.GetString(1));
        return purchases.Count(p => p.OrderId is { } id && (status.GetValueOrDefault(id) is not { } now || (p.IsConfirmed && now != "confirmed")));
    }

    /// <summary>Orders beyond the first of the same purchase: each has an e-mail address of its own.</summary>
    public Task<long> Doubled() => Number("""
        select count(*) - count(distinct card ->> 'email') from orders.orders join carts.contacts on contacts.id = orders.contact_id
        """);

    /// <summary>Pieces that orders took beyond those that are on hand: nothing is shipped here.</summary>
    public Task<long> Oversold() => Number("""
        select coalesce(sum(greatest(sold - coalesce(pieces, 0), 0)), 0)::bigint
          from (select offer_id, sum(quantity) sold from orders.order_lines join orders.orders on orders.id = order_id where orders.status <> 'cancelled' group by 1) sales
          left join (select offer_id, sum(on_hand) pieces from inventory.stock group by 1) stock using (offer_id)
        """);

    /// <summary>Events that were applied before an earlier one of their key.</summary>
    public async Task<long> Inverted() => await Number((string)await One(InvertedSql + OfEachService));

    /// <summary>Events that were given up.</summary>
    public async Task<long> Dead() => await Number((string)await One(DeadSql + OfEachService));

    private async Task<long> Number(string sql) => (long)await One(sql);

    private async Task<object> One(string sql)
    {
        await using var connection = await Open();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        return (await command.ExecuteScalarAsync())!;
    }

    // One of a pool may be from before the server was killed.
    private async Task<NpgsqlConnection> Open()
    {
        var connection = new NpgsqlConnection(owner + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }
}

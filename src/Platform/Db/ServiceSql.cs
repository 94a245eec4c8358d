namespace Souk.Platform.Db;

/// <summary>The statements of the event core for one service. They were raced and measured; the comments say what must not change.</summary>
internal sealed class ServiceSql(string schema)
{
    // A backlog this long is left to the relay; what a consumer publishes then queues up behind it.
    private const int BacklogMax = 500;

    public string OutboxInsert { get; } = $"""
        insert into {schema}.outbox (id, type, key, payload, trace)
        select id, type, key, payload, $5 from unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[])
               with ordinality as e(id, type, key, payload, n) order by n
        """;

    /// <summary>
    /// The lock that makes positions gap-free. In a statement of its own and before an outbox row is deleted: inside the
    /// next statement PostgreSQL may delete first and lock second, and four relays then deadlock within seconds.
    /// </summary>
    public string TopicLock { get; } = $"select next from {schema}.topic for update";

    public string OutboxLook { get; } = $"select 1 from {schema}.outbox limit 1";

    public string Relay { get; } = $"""
        with h as materialized (select next from {schema}.topic),
             d as (delete from {schema}.outbox where seq in (select seq from {schema}.outbox order by seq limit $1)
                   returning seq, id, type, key, payload, trace),
             i as (insert into {schema}.log (pos, id, type, key, payload, trace)
                   select (select next from h) + row_number() over (order by seq) - 1, id, type, key, payload, trace from d
                   returning type)
        update {schema}.topic set next = next + (select count(*) from i) where exists (select 1 from i)
        returning (select count(*) from i), (select array_agg(distinct type) from i)
        """;

    /// <summary>
    /// Appends what a consumer publishes, after what HTTP left in the outbox: an earlier event of the same key may still lie
    /// there. The types it returns include those drained.
    /// </summary>
    public string LogAppend { get; } = $"""
        with h as materialized (select next from {schema}.topic),
             f as materialized (select exists (select 1 from {schema}.outbox order by seq offset {BacklogMax}) as backlog),
             d as (delete from {schema}.outbox where seq in (select seq from {schema}.outbox order by seq limit {BacklogMax})
                   returning seq, id, type, key, payload, trace),
             mine as (select n, id, type, key, payload, $5::text as trace
                        from unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[]) with ordinality as e(id, type, key, payload, n)),
             o as (insert into {schema}.outbox (id, type, key, payload, trace)
                   select id, type, key, payload, trace from mine where (select backlog from f) order by n),
             m as (select 0 as k, seq as n, id, type, key, payload, trace from d
                   union all select 1, n, id, type, key, payload, trace from mine where not (select backlog from f)),
             i as (insert into {schema}.log (pos, id, type, key, payload, trace)
                   select (select next from h) + row_number() over (order by k, n) - 1, id, type, key, payload, trace from m
                   returning type)
        update {schema}.topic set next = next + (select count(*) from i)
        returning (select array_agg(distinct type) from i)
        """;

    /// <summary>Moves the cursor, or fails with a division by zero when another holder of the group moved it before.</summary>
    public string Fence { get; } = $"""
        with u as (update {schema}.cursors set pos = $2 where topic = $1 and pos = $3 returning 1) select 1 / count(*) from u
        """;

    public string InboxInsert { get; } = $"insert into {schema}.inbox (id) select unnest($1::uuid[])";

    public string InboxNew { get; } =
        $"insert into {schema}.inbox (id) select unnest($1::uuid[]) on conflict do nothing returning id";

    /// <summary>
    /// Reads a topic from a position. The end of the topic comes from the same statement: with two snapshots a filtered
    /// reader would skip what was committed between them.
    /// </summary>
    public static string Read(string topic) => $"""
        select t.next, l.pos, l.id, l.type, l.key, l.payload::text, l.trace, l.at
          from {topic}.topic t
          left join lateral (select pos, id, type, key, payload, trace, at from {topic}.log
                              where pos > $1 and pos < t.next and type = any($2) order by pos limit $3) l on true
        """;
}

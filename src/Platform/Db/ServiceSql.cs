namespace Souk.Platform.Db;

/// <summary>The statements of the event core for one service. They were raced and measured; the comments say what must not change.</summary>
internal sealed class ServiceSql(string schema)
{
    /// <summary>After <see cref="Fence" />: what the batch causes outside the database must be on disk first.</summary>
    public const string Durable = "select set_config('synchronous_commit', 'on', true)";

    public string OutboxInsert { get; } = $"""
        insert into {schema}.outbox (id, type, key, payload, trace)
        select id, type, key, payload, trace from unnest($1::uuid[], $2::text[], $3::uuid[], $4::json[], $5::text[])
               with ordinality as e(id, type, key, payload, trace, n) order by n
        """;

    /// <summary>
    /// The lock that makes positions gap-free. In a statement of its own and before an outbox row is deleted: inside the
    /// next statement PostgreSQL may delete first and lock second, and four relays then deadlock within seconds.
    /// </summary>
    public string TopicLock { get; } = $"select next from {schema}.topic for update";

    public string OutboxLook { get; } = $"select 1 from {schema}.outbox limit 1";

    /// <summary>Moves up to $1 events; like a batch it does not wait for the disk.</summary>
    public string Relay { get; } = $"""
        with h as materialized (select next, set_config('synchronous_commit', 'off', true) from {schema}.topic),
             d as (delete from {schema}.outbox where seq = any(array(select seq from {schema}.outbox order by seq limit $1))
                   returning seq, id, type, key, payload, trace),
             i as (insert into {schema}.log (pos, id, type, key, payload, trace)
                   select (select next from h) + row_number() over (order by seq) - 1, id, type, key, payload, trace from d
                   returning pos, id, type, key, payload, trace),
             t as (update {schema}.topic set next = next + (select count(*) from i) where exists (select 1 from i))
        select pos, id, type, key, payload, trace from i order by pos
        """;

    /// <summary>
    /// Appends what a consumer publishes, after what HTTP left in the outbox. Answers the position of its own first event, null
    /// when others were appended with them, and the types of those.
    /// </summary>
    public string LogAppend { get; } = $"select first, drained from {schema}.append_events($1, $2, $3, $4, $5)";

    /// <summary>
    /// How every batch begins, once for each topic: moves the cursor of topic $1 to $2, or fails with a division by zero
    /// when another holder of the group moved it from $3 before; writes down what is applied ($4); and does not wait for
    /// the disk at the commit: inside one server the log is ordered, an effect never survives its cause.
    /// </summary>
    public string Fence { get; } = $"""
        with u as (update {schema}.cursors set pos = $2 where topic = $1 and pos = $3 returning 1),
             i as (insert into {schema}.inbox (id) select unnest($4::uuid[]))
        select 1 / count(*), set_config('synchronous_commit', 'off', true) from u
        """;

    public string InboxInsert { get; } = $"insert into {schema}.inbox (id) select unnest($1::uuid[])";

    public string InboxNew { get; } =
        $"insert into {schema}.inbox (id) select unnest($1::uuid[]) on conflict do nothing returning id";

    public string CursorsInsert { get; } =
        $"insert into {schema}.cursors (topic) select unnest($1::text[]) on conflict do nothing";

    public string CursorsRead { get; } = $"select topic, pos from {schema}.cursors where topic = any($1)";

    public string ParkedInsert { get; } = $"""
        insert into {schema}.parked (id, topic, pos, type, key, payload, trace, reason, next_try_at)
        select id, topic, pos, type, key, payload, trace, reason, now() + interval '1 second'
          from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::uuid[], $6::json[], $7::text[], $8::text[])
               as p(id, topic, pos, type, key, payload, trace, reason)
        on conflict do nothing
        """;

    public string ParkedKeys { get; } = $"select distinct topic, key from {schema}.parked";

    /// <summary>Fails with a division by zero when a parked event stands before one of these in the order of its key.</summary>
    public string NoneParked { get; } = $"""
        select 1 / (case when exists (
            select 1 from unnest($1::text[], $2::uuid[], $3::bigint[]) e(topic, key, pos)
              join {schema}.parked p on p.topic = e.topic and p.key = e.key and p.pos < e.pos) then 0 else 1 end)
        """;

    /// <summary>The first event of each parked key, when it is its turn: what stands behind a dead one waits.</summary>
    public string ParkedDue { get; } = $"""
        select id, topic, pos, type, key, payload, trace, attempts
          from (select distinct on (topic, key) * from {schema}.parked order by topic, key, pos) as first_of_key
         where not dead and next_try_at <= now() order by next_try_at limit 50
        """;

    public string ParkedDelete { get; } = $"delete from {schema}.parked where id = $1";

    /// <summary>Another failed try: 1, 2, 4, 8, 15 seconds apart, dead after the fifth.</summary>
    public string ParkedFailed { get; } = $"""
        update {schema}.parked
           set attempts = attempts + 1, dead = attempts + 1 >= 5, reason = $2,
               next_try_at = now() + least(15, power(2, attempts + 1)) * interval '1 second'
         where id = $1 returning dead
        """;

    /// <summary>
    /// Reads a topic from a position. The end of the topic comes from the same statement: with two snapshots a filtered
    /// reader would skip what was committed between them.
    /// </summary>
    public static string Read(string topic) => $"""
        select t.next, l.pos, l.id, l.type, l.key, l.payload, l.trace, l.at
          from {topic}.topic t
          left join lateral (select pos, id, type, key, payload, trace, at from {topic}.log
                              where pos > $1 and pos < t.next and type = any($2) order by pos limit $3) l on true
        """;
}

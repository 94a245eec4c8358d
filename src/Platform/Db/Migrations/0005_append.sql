-- Appends what a consumer publishes: the last thing its transaction does. As a function, because what is left to do depends
-- on whether HTTP has anything in the outbox, which it mostly has not; one statement for all cases took twice as long.
-- first is the position of the first event; null when others were appended with them, or they were put behind a backlog.
-- drained are the types that came out of the outbox: their subscribers must be woken too.
create function append_events(
    ids uuid[], types text[], keys uuid[], payloads json[], traces text[], out first bigint, out drained text[])
language plpgsql as $$
declare
    place bigint;
    moved int;
begin
    -- The lock that makes positions gap-free. In a statement of its own and before an outbox row is deleted, as in the relay.
    select next into place from {schema}.topic for update;
    if not exists (select 1 from {schema}.outbox) then
        insert into {schema}.log (pos, id, type, key, payload, trace)
        select place + n - 1, id, type, key, payload, trace
          from unnest(ids, types, keys, payloads, traces) with ordinality as e(id, type, key, payload, trace, n);
        update {schema}.topic set next = place + cardinality(ids);
        first := place;
        return;
    end if;

    -- An earlier event of the same key may still lie there: what HTTP left goes first.
    with d as (delete from {schema}.outbox where seq = any(array(select seq from {schema}.outbox order by seq limit 500))
               returning seq, id, type, key, payload, trace),
         i as (insert into {schema}.log (pos, id, type, key, payload, trace)
               select place + row_number() over (order by seq) - 1, id, type, key, payload, trace from d
               returning type)
    select count(*), array_agg(distinct type) into moved, drained from i;
    place := place + moved;
    if exists (select 1 from {schema}.outbox) then
        -- A backlog is left to the relay, and these queue up behind it.
        insert into {schema}.outbox (id, type, key, payload, trace)
        select id, type, key, payload, trace
          from unnest(ids, types, keys, payloads, traces) with ordinality as e(id, type, key, payload, trace, n) order by n;
    else
        insert into {schema}.log (pos, id, type, key, payload, trace)
        select place + n - 1, id, type, key, payload, trace
          from unnest(ids, types, keys, payloads, traces) with ordinality as e(id, type, key, payload, trace, n);
        place := place + cardinality(ids);
    end if;
    update {schema}.topic set next = place;
end $$;

-- Payloads are written once and read by every consumer, whole and as text: json is stored as it came, jsonb would be taken
-- apart and put together again each time. And they stay in their row as they are: compressing what is read five times within
-- a second costs more than its bytes. The same holds for the answers of checkouts.
alter table outbox alter column payload type json;
alter table log alter column payload type json;
alter table parked alter column payload type json;

alter table outbox set (toast_tuple_target = 8160);
alter table idempotency set (toast_tuple_target = 8160);

create or replace function make_log_partitions(ahead int) returns void language plpgsql security definer
    set search_path = {schema} as $$
declare
    first bigint := (select next / 1000000 from {schema}.topic);
begin
    for n in first .. first + ahead loop
        if to_regclass(format('{schema}.log_%s', n)) is null then
            execute format('create table {schema}.log_%s partition of {schema}.log for values from (%s) to (%s)',
                           n, n * 1000000, (n + 1) * 1000000);
            execute format('alter table {schema}.log_%s set (autovacuum_vacuum_insert_threshold = 500000,
                                                             toast_tuple_target = 8160)', n);
        end if;
    end loop;
end $$;

do $$
declare
    part regclass;
begin
    for part in select inhrelid::regclass from pg_inherits where inhparent = '{schema}.log'::regclass loop
        execute format('alter table %s set (toast_tuple_target = 8160)', part);
    end loop;
end $$;

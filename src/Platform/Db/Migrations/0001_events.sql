-- What every service has. {schema} is the service's name, {role} its login role, {services} the group of all of them.

create table outbox (
    seq bigint generated always as identity primary key, -- cache 1: a larger one breaks the order per key
    id uuid not null,
    type text not null,
    key uuid not null,
    payload jsonb not null,
    trace text,
    at timestamptz not null default now()
);
-- Empty most of the time and always changing: it must be vacuumed early to stay small.
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);

create table topic (one bool primary key default true check (one), next bigint not null) with (fillfactor = 10);
insert into topic (next) values (1);

create table log (
    pos bigint primary key,
    id uuid not null,
    type text not null,
    key uuid not null,
    payload jsonb not null,
    trace text,
    at timestamptz not null default now()
) partition by range (pos);

-- The service's role does not own its tables; these two run as their owner. A partition holds a million events.
create function make_log_partitions(ahead int) returns void language plpgsql security definer set search_path = {schema} as $$
declare
    first bigint := (select next / 1000000 from {schema}.topic);
begin
    for n in first .. first + ahead loop
        if to_regclass(format('{schema}.log_%s', n)) is null then
            execute format('create table {schema}.log_%s partition of {schema}.log for values from (%s) to (%s)',
                           n, n * 1000000, (n + 1) * 1000000);
            execute format('alter table {schema}.log_%s set (autovacuum_vacuum_insert_threshold = 500000)', n);
        end if;
    end loop;
end $$;

create function drop_log_partitions(older_than interval) returns int language plpgsql security definer set search_path = {schema} as $$
declare
    part regclass;
    newest timestamptz;
    upper bigint;
    dropped int := 0;
begin
    for part, upper in
        select inhrelid::regclass, (split_part(inhrelid::regclass::text, 'log_', 2)::bigint + 1) * 1000000
          from pg_inherits where inhparent = '{schema}.log'::regclass order by 2
    loop
        exit when upper > (select next from {schema}.topic);
        execute format('select at from %s where pos = $1', part) into newest using upper - 1;
        exit when newest is null or newest > now() - older_than;
        execute format('drop table %s', part);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;

select make_log_partitions(3);

create table inbox (id uuid primary key, at timestamptz not null default now());
create index inbox_at on inbox using brin (at);

create table cursors (topic text primary key, pos bigint not null default 0) with (fillfactor = 10);

-- Events that failed alone, and later ones of the same key behind them.
create table parked (
    id uuid primary key,
    topic text not null,
    pos bigint not null,
    type text not null,
    key uuid not null,
    payload jsonb not null,
    trace text,
    reason text not null,
    attempts int not null default 0,
    dead bool not null default false,
    first_failed_at timestamptz not null default now(),
    next_try_at timestamptz not null default now()
);
create index parked_due on parked (next_try_at) where not dead;
create unique index parked_order on parked (topic, pos);

create table idempotency (
    principal text not null,
    route text not null,
    key text not null,
    request_hash bytea not null,
    status int,                 -- null while it runs
    headers jsonb,
    body bytea,
    created_at timestamptz not null default now(),
    primary key (principal, route, key)
) with (fillfactor = 70);
create index idempotency_created on idempotency using brin (created_at);

create table jobs (
    name text primary key,
    leased_until timestamptz not null default '-infinity',
    last_started_at timestamptz,
    last_finished_at timestamptz,
    last_error text,
    next_run_at timestamptz not null default now()
);

create table audit (
    id uuid primary key,
    at timestamptz not null default now(),
    account_id uuid,            -- null: the system or a guest
    api_key_id uuid,
    action text not null,
    entity text not null,
    entity_id uuid not null,
    company_id uuid,
    before jsonb,
    after jsonb,
    reason text
);
create index audit_entity on audit (entity, entity_id, id);
create index audit_company on audit (company_id, id) where company_id is not null;

-- The published face: the other services of the server read the log by position.
grant usage on schema {schema} to {services};
grant select on log, topic to {services};
-- Facts are appended. Nobody but the owner changes or removes them.
revoke update, delete, truncate on log, audit from {role};
revoke delete, truncate, insert on topic from {role};

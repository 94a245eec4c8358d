-- The books of the built-in gateway: the outside truth that payments are compared with. A schema of its own, written only
-- over the simulator's own connections; no statement of Payments names it.
create schema if not exists gateway_simulator;
grant usage on schema gateway_simulator to {role};
alter default privileges in schema gateway_simulator grant select, insert, update, delete on tables to {role};

create table gateway_simulator.charges (
    key uuid primary key,               -- the caller's idempotency key: the payment
    method text not null,
    token text,
    currency text not null,
    amount_minor bigint not null check (amount_minor > 0),
    state text not null,                -- processing, requires_action, authorized, declined, captured, voided
    code text,
    action text,
    expires_at timestamptz,
    resolves_at timestamptz,            -- processing ends then
    captures_refused int not null default 0, -- how many captures are still refused; -1: all
    captured_minor bigint not null default 0 check (captured_minor in (0, amount_minor)),
    refunded_minor bigint not null default 0 check (refunded_minor between 0 and captured_minor),
    return_url text,
    created_at timestamptz not null default now()
) with (fillfactor = 80);
create index charges_resolving on gateway_simulator.charges (resolves_at) where resolves_at is not null;

create table gateway_simulator.refunds (
    key uuid primary key,               -- the caller's idempotency key
    charge_key uuid not null references gateway_simulator.charges,
    amount_minor bigint not null check (amount_minor > 0),
    at timestamptz not null default now()
);

create table gateway_simulator.webhooks (
    id text primary key,
    payload text not null,
    send_at timestamptz not null,
    attempts int not null default 0,
    copies int not null default 1       -- how often it is sent, to try what doubled ones do
);
create index webhooks_due on gateway_simulator.webhooks (send_at);

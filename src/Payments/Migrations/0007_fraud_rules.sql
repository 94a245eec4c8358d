-- What makes a payment suspicious, as data. Where there is no rule, none of these tables is written or read.
create table fraud_rules (
    id uuid primary key,
    name text not null,
    kind text not null check (kind in ('amount', 'account_velocity', 'card_velocity', 'network_velocity', 'country_mismatch')),
    action text not null check (action in ('review', 'decline')),
    amount_minor bigint check (amount_minor > 0),
    currency text,
    payments_max int check (payments_max > 0),
    within interval check (within > interval '0'),
    created_at timestamptz not null,
    version bigint not null default 0,
    check ((kind = 'amount') = (amount_minor is not null and currency is not null)),
    check ((kind like '%velocity') = (payments_max is not null and within is not null))
);

-- What rules look at, kept as long as a rule may look back. The network is a keyed hash, the card the gateway's own fingerprint.
create table payment_signals (
    payment_id uuid primary key,
    account_id uuid,
    network text,
    country text,                       -- where the order goes
    card text,
    card_country text,
    at timestamptz not null default now()
);
create index payment_signals_account on payment_signals (account_id, at) where account_id is not null;
create index payment_signals_network on payment_signals (network, at) where network is not null;
create index payment_signals_card on payment_signals (card, at) where card is not null;
create index payment_signals_age on payment_signals using brin (at);

-- Payments that a person looks at. Until then the gateway holds the money, and Orders the order.
create table reviews (
    payment_id uuid primary key,
    rules jsonb not null,               -- those that it met, as they were
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    status text not null default 'open' check (status in ('open', 'approved', 'rejected', 'lapsed')),
    decided_at timestamptz,
    account_id uuid,                    -- who decided
    note text
);
create index reviews_open on reviews (payment_id) where status = 'open';

-- What a gateway says it paid us, compared with the ledger.
create table settlements (
    id uuid primary key,
    gateway text not null,
    hash bytea not null,                -- of the file: the same one is taken once
    currency text not null,
    lines int not null,
    matched int not null,
    gross_minor bigint not null,        -- captures less refunds and disputes
    fees_minor bigint not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    created_at timestamptz not null
);
create unique index settlements_once on settlements (gateway, hash);

-- What was settled, each thing once.
create table settled (
    type text not null check (type in ('capture', 'refund', 'dispute')),
    reference text not null,
    settlement_id uuid not null,
    primary key (type, reference)
);
revoke update, delete, truncate on settled from {role};

-- What does not agree; somebody looks at it.
create table settlement_exceptions (
    id uuid primary key,
    settlement_id uuid not null,
    line int,                           -- of the file; null for what is missing there
    type text not null,
    payment_id uuid not null,
    reference text not null,
    reason text not null check (reason in ('unknown', 'wrong_amount', 'wrong_currency', 'settled_before', 'missing')),
    said_minor bigint not null,         -- by the file, as it adds to its sum; 0 for what is missing
    expected_minor bigint not null,     -- by the ledger, in the same way; 0 for what it does not know
    status text not null default 'open' check (status in ('open', 'resolved')),
    booked boolean not null default false,
    note text,
    account_id uuid,                    -- who resolved it; null: a later file did
    created_at timestamptz not null default now(),
    resolved_at timestamptz
);
create index settlement_exceptions_open on settlement_exceptions (id) where status = 'open';
create index settlement_exceptions_missing on settlement_exceptions (type, reference) where status = 'open' and reason = 'missing';

insert into ledger_accounts (code, name, kind, per_company) values
    ('gateway_fees', 'Fees of the gateways', 'expense', false),
    ('unreconciled', 'Settled by a gateway for reasons not found', 'liability', false),
    ('reconciliation_differences', 'Differences that were accepted', 'expense', false);
alter table ledger_entries drop constraint ledger_entries_account;
alter table ledger_entries add constraint ledger_entries_account check (account in (
    'gateway_clearing', 'customer_receivable', 'seller_payable', 'delivery', 'commission_revenue', 'tax_payable', 'refunds',
    'marketplace_discounts', 'payouts', 'bank', 'disputes', 'dispute_losses', 'gateway_fees', 'unreconciled',
    'reconciliation_differences')) not valid;
alter table ledger_entries drop constraint ledger_entries_kind;
alter table ledger_entries add constraint ledger_entries_kind check (kind in (
    'capture', 'sale', 'refund', 'refund_paid', 'payout', 'payout_sent', 'payout_undone', 'dispute', 'dispute_won', 'dispute_lost',
    'settlement', 'settlement_accepted')) not valid;

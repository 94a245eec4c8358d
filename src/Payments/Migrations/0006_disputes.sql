-- A buyer asked their bank for the money back. While the gateway decides, everybody's share of it is held.
create table disputes (
    id uuid primary key,
    gateway text not null,
    gateway_ref text not null,          -- the gateway's own name of it
    payment_id uuid not null,
    order_id uuid not null,
    currency text not null,
    amount_minor bigint not null check (amount_minor > 0),
    held_minor bigint not null check (held_minor between 0 and amount_minor), -- what was not given back before
    status text not null check (status in ('open', 'won', 'lost')),
    reason text not null,
    respond_by timestamptz,
    created_at timestamptz not null default now(),
    closed_at timestamptz
);
create unique index disputes_once on disputes (gateway, gateway_ref);
create index disputes_order on disputes (order_id);

-- Whose share of which line is held.
create table dispute_lines (
    dispute_id uuid not null,
    line_id uuid not null,
    company_id uuid not null,
    total_minor bigint not null,
    goods_minor bigint not null,
    delivery_minor bigint not null,
    tax_minor bigint not null,
    discount_minor bigint not null,
    commission_minor bigint not null,
    primary key (dispute_id, line_id)
);
create index dispute_lines_company on dispute_lines (company_id, dispute_id);
revoke update, delete, truncate on dispute_lines from {role};

alter table operations drop constraint operations_kind_check;
alter table operations add constraint operations_kind check (
    kind in ('authorize', 'capture', 'void', 'refund', 'read', 'disputes')) not valid;

insert into ledger_accounts (code, name, kind, per_company) values
    ('disputes', 'Held while buyers dispute it', 'liability', false),
    ('dispute_losses', 'Disputes the marketplace lost beyond what was held', 'expense', false);
alter table ledger_entries drop constraint ledger_entries_account;
alter table ledger_entries add constraint ledger_entries_account check (account in (
    'gateway_clearing', 'customer_receivable', 'seller_payable', 'delivery', 'commission_revenue', 'tax_payable', 'refunds',
    'marketplace_discounts', 'payouts', 'bank', 'disputes', 'dispute_losses')) not valid;
alter table ledger_entries drop constraint ledger_entries_kind;
alter table ledger_entries add constraint ledger_entries_kind check (kind in (
    'capture', 'sale', 'refund', 'refund_paid', 'payout', 'payout_sent', 'payout_undone', 'dispute', 'dispute_won',
    'dispute_lost')) not valid;

-- The built-in gateway's own books.
create table gateway_simulator.disputes (
    key uuid primary key,
    charge_key uuid not null unique references gateway_simulator.charges,
    amount_minor bigint not null check (amount_minor > 0),
    status text not null default 'open',
    respond_by timestamptz not null default now() + interval '7 days'
);

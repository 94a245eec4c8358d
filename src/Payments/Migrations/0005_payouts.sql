-- What a seller's part of an order brings, once it was delivered. What it is worth is read from the order's lines when it is paid
-- out, so that it stands in one place; here stands what payouts took of it.
create table earnings (
    order_id uuid not null,
    company_id uuid not null,
    currency text not null,
    releases_at timestamptz not null,        -- delivered, and held back no longer
    paid_goods_minor bigint not null default 0,
    paid_delivery_minor bigint not null default 0,
    open boolean not null default true,      -- the next payout has to look at it: never paid, or refunded since
    primary key (order_id, company_id)
);
create index earnings_open on earnings (company_id, currency, releases_at) where open;

-- Where a seller's money goes, and how often.
create table payout_accounts (
    company_id uuid primary key,
    holder text not null,
    iban text not null,
    bic text,
    schedule text not null check (schedule in ('manual', 'daily', 'weekly', 'monthly')),
    next_at timestamptz,                     -- null: only when somebody asks
    version bigint not null default 0
);
create index payout_accounts_due on payout_accounts (next_at) where next_at is not null;

create table payouts (
    id uuid primary key,
    company_id uuid not null,
    currency text not null,
    goods_minor bigint not null,             -- either may be below zero after refunds, not both together
    delivery_minor bigint not null,
    status text not null check (status in ('requested', 'approved', 'sent', 'failed', 'cancelled')),
    holder text not null,                    -- the account as it was when the payout was asked for
    iban text not null,
    bic text,
    file_id uuid,
    reference text,                          -- the bank's name of the transfer
    reason text,                             -- why it failed or was cancelled
    created_at timestamptz not null,
    approved_at timestamptz,
    sent_at timestamptz,
    ended_at timestamptz,
    version bigint not null default 0,
    check (goods_minor + delivery_minor > 0)
);
create index payouts_company on payouts (company_id, id);
create index payouts_file on payouts (file_id) where file_id is not null;
-- One at a time for a seller and currency: whatever is asked twice meets the first here.
create unique index payouts_open on payouts (company_id, currency) where status in ('requested', 'approved');

-- What a payout took of which order. No foreign key: they are inserted in the transaction of their payout and never leave it.
create table payout_items (
    payout_id uuid not null,
    order_id uuid not null,
    goods_minor bigint not null,
    delivery_minor bigint not null,
    primary key (payout_id, order_id)
);
revoke update, delete, truncate on payout_items from {role};

-- Approved payouts that went to the bank together.
create table payout_files (
    id uuid primary key,
    currency text not null,
    payouts int not null check (payouts > 0),
    amount_minor bigint not null check (amount_minor > 0),
    created_at timestamptz not null
);

-- In the ledger order_id is the order a journal belongs to, and of a payout the payout itself: its index is what makes a second
-- posting impossible. What stands there was let in by narrower checks: it needs no second look, which would hold up the ledger.
insert into ledger_accounts (code, name, kind, per_company) values
    ('payouts', 'Payouts on their way to sellers', 'liability', true),
    ('bank', 'Money in the marketplace''s own bank account', 'asset', false);
alter table ledger_entries drop constraint ledger_entries_account;
alter table ledger_entries add constraint ledger_entries_account check (account in (
    'gateway_clearing', 'customer_receivable', 'seller_payable', 'delivery', 'commission_revenue', 'tax_payable', 'refunds',
    'marketplace_discounts', 'payouts', 'bank')) not valid;
alter table ledger_entries drop constraint ledger_entries_kind_check;
alter table ledger_entries add constraint ledger_entries_kind check (kind in (
    'capture', 'sale', 'refund', 'refund_paid', 'payout', 'payout_sent', 'payout_undone')) not valid;

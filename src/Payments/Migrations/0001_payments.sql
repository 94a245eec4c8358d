-- What Payments knows of an order: what is due, and how far its payments came. Whoever changes a payment of an order
-- locks this row first, so everything about one order happens one after the other.
create table order_money (
    order_id uuid primary key,
    account_id uuid,                    -- null: a guest
    currency text not null,
    total_minor bigint not null check (total_minor >= 0),
    state text not null,
    return_url text,
    waiting_until timestamptz,          -- a new payment may be started until then
    captured_minor bigint not null default 0,
    refunds_minor bigint not null default 0,  -- asked for, whether they are through or not
    refunded_minor bigint not null default 0, -- through
    sold boolean not null default false,      -- the sale stands in the ledger
    created_at timestamptz not null default now(),
    check (captured_minor between 0 and total_minor),
    check (refunds_minor between 0 and captured_minor),
    check (refunded_minor between 0 and refunds_minor)
) with (fillfactor = 70);

-- The order's lines as they were sold, with the commission frozen. No foreign key: they are inserted in the statement
-- next to their order's and never leave it.
create table order_lines (
    order_id uuid not null,
    line_id uuid not null,
    company_id uuid not null,
    goods_minor bigint not null check (goods_minor >= 0),        -- the seller's before commission: net of tax, with what the marketplace paid
    delivery_minor bigint not null check (delivery_minor >= 0),  -- net of tax
    tax_minor bigint not null check (tax_minor >= 0),
    discount_minor bigint not null check (discount_minor >= 0),  -- the marketplace's share of the discount
    commission_minor bigint not null check (commission_minor >= 0),
    total_minor bigint not null check (total_minor >= 0),
    commission_rule_id uuid,                                     -- null: the default
    commission_percent numeric(7, 4) not null,
    refunded_minor bigint not null default 0,
    refunded_goods_minor bigint not null default 0,
    refunded_delivery_minor bigint not null default 0,
    refunded_tax_minor bigint not null default 0,
    refunded_discount_minor bigint not null default 0,
    refunded_commission_minor bigint not null default 0,
    primary key (order_id, line_id),
    check (total_minor + discount_minor = goods_minor + delivery_minor + tax_minor),
    check (commission_minor <= goods_minor),
    check (refunded_minor between 0 and total_minor),
    check (refunded_goods_minor between 0 and goods_minor),
    check (refunded_delivery_minor between 0 and delivery_minor),
    check (refunded_tax_minor between 0 and tax_minor),
    check (refunded_discount_minor between 0 and discount_minor),
    check (refunded_commission_minor between 0 and commission_minor)
);

create table payments (
    id uuid primary key,                -- also its idempotency key at the gateway
    order_id uuid not null,
    account_id uuid,
    method text not null,
    token text,
    gateway text not null,
    gateway_ref text,
    currency text not null,
    amount_minor bigint not null check (amount_minor > 0),
    captured_minor bigint not null default 0,
    refunds_minor bigint not null default 0,
    refunded_minor bigint not null default 0,
    status text not null,
    unwanted boolean not null default false, -- whatever the gateway still answers is to be undone
    action text,
    action_url text,
    expires_at timestamptz,
    code text,                          -- why it was declined or not captured
    detail text,
    created_at timestamptz not null default now(),
    version bigint not null default 1,
    check (captured_minor in (0, amount_minor)),
    check (refunds_minor between 0 and captured_minor),
    check (refunded_minor between 0 and refunds_minor)
) with (fillfactor = 70);
create index payments_order on payments (order_id);
create index payments_account on payments (account_id, id) where account_id is not null;
-- No index on what an update changes (status, gateway_ref): those updates stay within their page.

-- Work at a gateway: leased by moving next_at ahead, deleted when the answer is applied. The payment's id is the idempotency
-- key of its authorisation, capture and void; the operation's own id that of a refund.
create table operations (
    id uuid primary key,
    kind text not null check (kind in ('authorize', 'capture', 'void', 'refund', 'read')),
    payment_id uuid not null,
    order_id uuid not null,
    refund_id uuid,
    amount_minor bigint not null,
    attempts int not null default 0,
    next_at timestamptz not null default now(),
    created_at timestamptz not null default now()
);
create index operations_due on operations (next_at);
-- One authorisation, one capture, one void and one look at a time for a payment: this is what makes a second one impossible.
create unique index operations_once on operations (payment_id, kind) where kind <> 'refund';
create unique index operations_refund on operations (refund_id, payment_id) where kind = 'refund';
alter table operations set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table refunds (
    id uuid primary key,
    order_id uuid not null references order_money,
    company_id uuid,                    -- the seller it concerns; null: the whole order
    currency text not null,
    amount_minor bigint not null check (amount_minor > 0),
    done_minor bigint not null default 0,
    status text not null check (status in ('waiting', 'pending', 'done', 'cancelled')), -- waiting: for the capture
    reason text not null,
    account_id uuid,                    -- who gave it; null: the system
    created_at timestamptz not null default now(),
    done_at timestamptz,
    check (done_minor between 0 and amount_minor)
);
create index refunds_order on refunds (order_id);
create index refunds_company on refunds (company_id, id) where company_id is not null;

-- Every answer of a gateway, as it came.
create table transactions (
    id uuid primary key,
    at timestamptz not null default now(),
    payment_id uuid not null,
    order_id uuid not null,
    refund_id uuid,
    kind text not null,
    result text not null,
    code text,
    currency text not null,
    amount_minor bigint not null,
    gateway text not null,
    gateway_ref text
);
create index transactions_payment on transactions (payment_id, id);

-- The ledger. A journal is inserted whole, in one statement with its entries.
create table ledger_accounts (
    code text primary key,
    name text not null,
    kind text not null check (kind in ('asset', 'liability', 'revenue', 'expense')),
    per_company boolean not null
);
insert into ledger_accounts (code, name, kind, per_company) values
    ('gateway_clearing', 'Money at the gateways', 'asset', false),
    ('customer_receivable', 'What buyers owe for their orders', 'asset', false),
    ('seller_payable', 'What is owed to sellers for goods', 'liability', true),
    ('delivery', 'What is owed to sellers for delivery', 'liability', true),
    ('commission_revenue', 'Commission earned', 'revenue', false),
    ('tax_payable', 'Tax collected, owed to the state', 'liability', false),
    ('refunds', 'Refunds owed to buyers', 'liability', false),
    ('marketplace_discounts', 'Discounts the marketplace pays for', 'expense', false);

create table ledger_entries (
    id bigint generated always as identity primary key,
    order_id uuid not null,
    kind text not null check (kind in ('capture', 'sale', 'refund', 'refund_paid')),
    source_id uuid not null,            -- the payment, order, refund or operation that the journal is about
    n smallint not null,
    account text not null references ledger_accounts,
    company_id uuid,
    currency text not null,
    amount_minor bigint not null check (amount_minor <> 0), -- debit is positive
    at timestamptz not null default now()
);
-- A journal is (kind, source) of an order. Posted a second time it meets its own first entry here.
create unique index ledger_entries_journal on ledger_entries (order_id, kind, source_id, n);
create index ledger_entries_company on ledger_entries (company_id, currency, id) include (amount_minor) where company_id is not null;

create function balanced() returns trigger language plpgsql as $$ begin
    if exists (select 1 from added group by order_id, kind, source_id, currency having sum(amount_minor) <> 0) then
        raise exception 'unbalanced journal' using errcode = 'check_violation';
    end if;
    return null;
end $$;
create trigger balanced after insert on ledger_entries
    referencing new table as added for each statement execute function balanced();

create table commission_rules (
    id uuid primary key,
    name text not null,
    product_id uuid,
    category_id uuid,
    company_id uuid,
    percent numeric(7, 4) not null check (percent between 0 and 100),
    fixed_minor bigint not null default 0 check (fixed_minor >= 0),
    min_minor bigint check (min_minor >= 0),
    max_minor bigint check (max_minor >= min_minor),
    currency text,                      -- of the amounts; null: a rule of percent only, for every currency
    created_at timestamptz not null default now(),
    version bigint not null default 1,
    check (num_nonnulls(product_id, category_id, company_id) <= 1),
    check (currency is not null or (fixed_minor = 0 and min_minor is null and max_minor is null))
);
-- One rule for one thing and currency; the default of the marketplace is the one that names nothing.
create unique index commission_rules_target on commission_rules
    (coalesce(product_id, category_id, company_id, '00000000-0000-0000-0000-000000000000'::uuid), coalesce(currency, ''));

-- What a gateway told us: stored before it is answered, and then its books are read. The id is the sender's.
create table webhooks (
    gateway text not null,
    id text not null,
    payload jsonb not null,
    payment_id uuid not null,
    known boolean not null,             -- whether the payment is one of ours
    received_at timestamptz not null default now(),
    primary key (gateway, id)
);

-- Facts are appended. The service's role can neither change nor remove them.
revoke update, delete, truncate on ledger_entries, transactions from {role};
revoke insert, update, delete, truncate on ledger_accounts from {role};

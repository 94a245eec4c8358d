-- What a seller says about the stock of an offer: pieces that are never sold, pieces that are sold before they are there, and
-- when it runs low.
create table stock_rules (
    offer_id uuid primary key,
    company_id uuid not null,               -- its seller
    safety_stock bigint not null check (safety_stock >= 0),
    backorder_limit bigint not null check (backorder_limit >= 0),
    low_stock_at bigint check (low_stock_at >= 0),   -- null: nobody wants to know
    changed_at timestamptz not null default now(),
    version bigint not null
);
create index stock_rules_company on stock_rules (company_id, offer_id);
create index stock_rules_low on stock_rules (offer_id) where low_stock_at is not null;

-- backorder_limit less safety_stock, in the row that a reservation reads anyhow: a rule costs it no look-up.
alter table availability add column allowance bigint not null default 0;

-- Only what does not lie there is waited for. No row waits yet, so there is nothing to validate.
alter table stock add constraint stock_waiting check (backordered = 0 or reserved = on_hand) not valid;

-- Offers that run low, since when: one mail each until they are refilled.
create table low_stock (
    offer_id uuid primary key references stock_rules,
    since timestamptz not null default now()
);
create index low_stock_since on low_stock (since, offer_id);

-- Who sells and who stores: as Identity and Catalog say it, the newest version each.
create table companies (
    id uuid primary key,
    kind text not null,
    name text not null,
    country text not null,
    status text not null,
    version bigint not null
);

create table offers (
    id uuid primary key,
    product_id uuid not null,
    variant_id uuid not null,
    company_id uuid not null,
    sku text not null,
    title text not null,
    active bool not null,
    version bigint not null
);
create index offers_product on offers (product_id);
create index offers_company on offers (company_id, id);

create table warehouses (
    id uuid primary key,
    company_id uuid not null,               -- its operator
    name text not null,
    line1 text not null,
    line2 text,
    city text not null,
    region text,
    postcode text,
    country text not null,
    capacity bigint check (capacity > 0),   -- pieces it can hold; null: no limit
    priority int not null,                  -- orders are filled from the lowest first
    is_default bool not null,
    active bool not null,                   -- whether it ships
    created_at timestamptz not null,
    closed_at timestamptz,                  -- it ended; its movements stay
    version bigint not null
);
-- First stock of an offer must know where to go: one default a company.
create unique index warehouses_default on warehouses (company_id) where is_default;
create unique index warehouses_name on warehouses (company_id, lower(name)) where closed_at is null;
create index warehouses_list on warehouses (created_at, id) where closed_at is null;

-- The counters people fight over: narrow rows, half-empty pages, no index on what changes, so that every update stays in its page.
create table stock (
    offer_id uuid not null,
    warehouse_id uuid not null references warehouses,
    on_hand bigint not null default 0,
    reserved bigint not null default 0,
    backordered bigint not null default 0,
    version bigint not null default 1,      -- grows with every change of on_hand; reservations do not count
    primary key (offer_id, warehouse_id),
    constraint stock_on_hand check (on_hand >= 0),
    constraint stock_reserved check (reserved >= 0 and reserved <= on_hand),
    constraint stock_backordered check (backordered >= 0)
) with (fillfactor = 50);
create index stock_warehouse on stock (warehouse_id, offer_id);

-- Pieces that are taken and still here. A row ends when its pieces are shipped or free again; the movements remember it.
create table reservations (
    order_id uuid not null,
    line_id uuid not null,
    warehouse_id uuid not null,
    offer_id uuid not null,
    quantity int not null check (quantity > 0),
    primary key (order_id, line_id, warehouse_id)
);

-- The time limit of an order's reservations. Confirming the order deletes it: whoever deletes the row (confirmation, cancellation,
-- expiry) decides, and confirming costs no update of a reservation.
create table holds (
    order_id uuid primary key,
    expires_at timestamptz not null
);
create index holds_expiry on holds (expires_at);

-- UUIDv7 made here: movements are often written by the statement that finds out what moves.
create function new_id() returns uuid language sql volatile as $$
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
               placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- Every change of a counter, for ever. The sums of its changes are the counters: souk verify compares them.
create table movements (
    id uuid primary key default new_id(),
    at timestamptz not null default now(),
    offer_id uuid not null,
    warehouse_id uuid not null,
    kind text not null check (kind in ('in', 'out', 'adjust', 'transfer', 'reserve', 'release')),
    on_hand_change bigint not null,
    reserved_change bigint not null,
    order_id uuid,
    account_id uuid,
    transfer_id uuid,                       -- joins the two rows of a transfer
    reason text,
    check (on_hand_change <> 0 or reserved_change <> 0)
);
-- People look at what came and went. Reservations come in masses and are read by the audit alone: no index for them.
create index movements_offer on movements (offer_id, id) where on_hand_change <> 0;
create index movements_warehouse on movements (warehouse_id, id) where on_hand_change <> 0;
create index movements_goods on movements (id) where on_hand_change <> 0;
revoke update, delete, truncate on movements from {role};

-- What was said last about an offer. Apart from the stock row, which must stay narrow.
create table availability (
    offer_id uuid primary key,
    published bigint not null,
    version bigint not null
) with (fillfactor = 50);

-- Offers whose availability changed without a movement, for the sweep.
create table availability_due (offer_id uuid primary key);

-- How far the sweep has looked at the movements.
create table sweeps (one bool primary key default true check (one), upto timestamptz not null) with (fillfactor = 10);
insert into sweeps (upto) values (now());

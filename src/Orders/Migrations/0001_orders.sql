-- An order, its parts per seller, their lines and what happened to them. No foreign keys between these tables: children are
-- only ever written by the statement that writes their order, nothing deletes them, and each key would be one more lookup
-- per row on the busiest path.

create sequence order_numbers start with 100001;

create table orders (
    id uuid primary key,
    number bigint not null default nextval('order_numbers') unique,
    status text not null default 'pending'
        check (status in ('pending', 'awaiting_payment', 'confirmed', 'capture_failed', 'shipped', 'delivered', 'cancelled')),
    deadline timestamptz,                   -- when the watchdog looks at it; null when nothing is awaited
    overdue int not null default 0,         -- how often the watchdog found it past its deadline and let it wait on
    version bigint not null default 1,
    account_id uuid,                        -- null: a guest
    cart_id uuid,
    contact_id uuid not null,
    country text not null,
    postcode text not null,
    currency text not null,
    prices_include_tax bool not null,
    items_minor bigint not null,
    discount_minor bigint not null,
    delivery_minor bigint not null,
    tax_minor bigint not null,
    total_minor bigint not null check (total_minor >= 0),
    coupon_codes text[] not null,
    payments jsonb,                         -- how it is to be paid; forgotten when that is decided, because it holds tokens
    return_url text,
    action_kind text,                       -- what its buyer has to do, while it waits for that
    action_url text,
    action_expires_at timestamptz,
    created_at timestamptz not null,        -- the time inside the id: so the order of ids is the order of creation
    updated_at timestamptz not null default now(),
    reserved_until timestamptz,
    confirmed_at timestamptz,
    captured_at timestamptz,
    cancelled_at timestamptz,
    cancel_reason text,
    captured_minor bigint not null default 0 check (captured_minor >= 0),
    refunded_minor bigint not null default 0 check (refunded_minor >= 0),
    check (total_minor = items_minor - discount_minor + delivery_minor + case when prices_include_tax then 0 else tax_minor end)
) with (fillfactor = 80); -- an order changes three times within milliseconds, in place when the page has room
create index orders_account on orders (account_id, id) where account_id is not null;
create index orders_deadline on orders (deadline) where deadline is not null;

create table order_parts (
    order_id uuid not null,
    id uuid not null,
    company_id uuid not null,
    -- Until its order is confirmed a part has no life of its own: what is said of the order is said of it.
    status text not null default 'confirmed' check (status in ('confirmed', 'shipped', 'delivered', 'cancelled')),
    delivery_method_id uuid not null,
    delivery_method_name text not null,
    items_minor bigint not null,
    discount_minor bigint not null,
    delivery_minor bigint not null,
    tax_minor bigint not null,
    total_minor bigint not null,
    carrier text,
    tracking_number text,
    shipped_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    primary key (order_id, id)
) with (fillfactor = 90);
create unique index order_parts_company on order_parts (company_id, order_id);

create table order_lines (
    order_id uuid not null,
    id uuid not null,
    part_id uuid not null,
    position int not null,
    offer_id uuid not null,
    product_id uuid not null,
    variant_id uuid not null,
    company_id uuid not null,
    shop_id uuid not null,
    sku text not null,
    title text not null,
    quantity int not null check (quantity > 0),
    unit_price_minor bigint not null,
    discount_minor bigint not null,
    discount_by_marketplace_minor bigint not null,
    delivery_minor bigint not null,
    tax_minor bigint not null,
    total_minor bigint not null,
    tax_category text not null,
    category_ids uuid[] not null,
    primary key (order_id, id)
);

create table timeline (
    order_id uuid not null,
    id bigint generated always as identity,
    part_id uuid,                           -- null: the whole order
    at timestamptz not null default now(),
    actor text not null check (actor in ('buyer', 'seller', 'staff', 'system')),
    account_id uuid,                        -- null: the system or a guest
    from_status text,
    to_status text not null,
    reason text not null,                   -- a stable word
    note text,                              -- what the actor said; shown to the parties of the order only
    primary key (order_id, id)
);

-- Placed lines are never rewritten, what happened stays what happened.
revoke update, delete, truncate on order_lines, timeline from {role};
revoke delete, truncate on orders, order_parts from {role};

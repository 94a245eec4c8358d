-- What became of pieces after the sale: taken off before they left, shipped, returned. Appended by whoever holds the lock of the
-- order's row; the lines stay as they were bought. No foreign keys, as in 0001.
create table piece_moves (
    order_id uuid not null,
    id bigint generated always as identity,
    part_id uuid not null,
    line_id uuid not null,
    kind text not null check (kind in ('taken_off', 'shipped', 'returned')),
    quantity int not null check (quantity > 0),
    refunded int not null default 0,        -- for how many of them the buyer gets money back
    refund_minor bigint not null default 0 check (refund_minor >= 0),
    cause_id uuid not null,                 -- the edit, the shipment or the return
    at timestamptz not null,
    primary key (order_id, id),
    check (refunded between 0 and quantity)
);

-- A parcel of a part. Parts that left before this table was there have none: their own columns say it.
create table shipments (
    order_id uuid not null,
    id uuid not null,
    part_id uuid not null,
    carrier text,
    tracking_number text,
    shipped_at timestamptz not null,
    delivered_at timestamptz,
    primary key (order_id, id)
);

revoke update, delete, truncate on piece_moves from {role};
revoke delete, truncate on shipments from {role};

-- The states of returns. Checked for new rows from now on; the next file looks at the old ones without holding anybody up.
alter table orders drop constraint orders_status_check;
alter table orders add constraint orders_status check (status in (
    'pending', 'awaiting_payment', 'confirmed', 'capture_failed', 'shipped', 'delivered', 'partly_returned', 'returned', 'cancelled'))
    not valid;
alter table order_parts drop constraint order_parts_status_check;
alter table order_parts add constraint order_parts_status check (status in (
    'confirmed', 'shipped', 'delivered', 'partly_returned', 'returned', 'cancelled')) not valid;

-- Who stores goods for a seller may receive them.
alter table timeline drop constraint timeline_actor_check;
alter table timeline add constraint timeline_actor check (actor in ('buyer', 'seller', 'warehouse', 'staff', 'system')) not valid;

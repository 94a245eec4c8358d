-- What sellers and the marketplace's people write down about an order. Appended, never changed.
create table order_notes (
    order_id uuid not null,
    id uuid not null,
    part_id uuid,                           -- the seller's part; null: written by staff about the whole order
    company_id uuid,                        -- the seller who wrote it; null: staff
    author text not null check (author in ('seller', 'staff')),
    account_id uuid,                        -- null: a program
    text text not null,
    visible_to_buyer bool not null,
    created_at timestamptz not null,
    primary key (order_id, id)
);
revoke update, delete, truncate on order_notes from {role};

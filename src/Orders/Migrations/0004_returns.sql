-- Goods that come back: who asked, what was decided, what arrived, what is refunded. Whoever changes one holds the lock of its
-- order's row. No foreign key to the order, as in 0001.
create table returns (
    id uuid primary key,
    order_id uuid not null,
    part_id uuid not null,
    company_id uuid not null,               -- the seller
    account_id uuid,                        -- the buyer; null: a guest
    currency text not null,
    status text not null check (status in ('requested', 'approved', 'rejected', 'withdrawn', 'received', 'refunded')),
    reason text not null,                   -- a stable word
    comment text,                           -- what the buyer said
    decision text,                          -- what the seller answered
    refund_delivery bool not null default false,
    receiver_company_id uuid,               -- who receives the goods for the seller; null: the seller
    refund_id uuid,                         -- null: nothing is refunded, or not yet
    refund_minor bigint not null default 0 check (refund_minor >= 0),
    refunded_minor bigint check (refunded_minor >= 0), -- null until Payments said it
    created_at timestamptz not null,
    decided_at timestamptz,
    received_at timestamptz,
    refunded_at timestamptz,
    version bigint not null
);
create index returns_order on returns (order_id);
create index returns_account on returns (account_id, id) where account_id is not null;
create index returns_company on returns (company_id, id);
create index returns_receiver on returns (receiver_company_id, id) where receiver_company_id is not null;
create index returns_refund on returns (refund_id) where refund_id is not null;

create table return_lines (
    return_id uuid not null references returns,
    line_id uuid not null,
    position int not null,
    sku text not null,
    title text not null,
    quantity int not null check (quantity > 0),
    received int not null default 0,
    restocked int not null default 0,
    refunded int not null default 0,        -- pieces for which money goes back
    refund_minor bigint not null default 0 check (refund_minor >= 0),
    condition text,
    primary key (return_id, line_id),
    check (received between 0 and quantity),
    check (restocked between 0 and received),
    check (refunded between 0 and received)
);
revoke delete, truncate on returns, return_lines from {role};

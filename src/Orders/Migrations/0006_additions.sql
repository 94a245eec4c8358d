-- What was added to an order is an order of its own (docs/adr/0006-additions.md): here stands to which one it belongs. Apart from
-- the orders, which the steps of a checkout read, because few orders have any.
create table additions (
    order_id uuid not null,
    id uuid not null,                       -- the order of what was added
    primary key (order_id, id)
);
create unique index additions_id on additions (id);
revoke update, delete, truncate on additions from {role};

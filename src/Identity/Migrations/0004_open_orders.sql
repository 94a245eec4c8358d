-- What accounts still wait for: an account with an order under way is not closed. Made of the events of orders.
create table open_orders (
    order_id uuid not null,
    part_id uuid not null,       -- the order itself while it waits for its payment
    account_id uuid not null,
    primary key (order_id, part_id)
);
create index open_orders_account on open_orders (account_id);

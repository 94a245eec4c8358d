-- What the marketplace pays of a line's delivery is none of its goods: Payments takes no commission of it.
alter table order_lines add column delivery_discount_by_marketplace_minor bigint not null default 0;

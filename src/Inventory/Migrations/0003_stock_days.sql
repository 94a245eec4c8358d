-- What came and went, by day: reports would else read every sale there ever was. The movements are the truth; what is newer than
-- these sums, reports take from there.
create table stock_days (
    offer_id uuid not null,
    warehouse_id uuid not null,
    day date not null,                      -- in UTC
    received bigint not null,
    sold bigint not null,
    removed bigint not null,
    adjusted bigint not null,
    transferred bigint not null,
    primary key (offer_id, warehouse_id, day)
);
create index stock_days_warehouse on stock_days (warehouse_id, day);
create index stock_days_day on stock_days (day);

-- How far the movements are in the sums.
create table stock_sums (one bool primary key default true check (one), upto uuid not null) with (fillfactor = 10);
insert into stock_sums (upto) values ('00000000-0000-0000-0000-000000000000');

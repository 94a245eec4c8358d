-- How far the service's log was handed to Kafka; where services read each other's logs it stays 0.
create table published (one bool primary key default true check (one), pos bigint not null default 0) with (fillfactor = 10);
insert into published default values;

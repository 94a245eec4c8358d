-- A file of its own, so that the short lock of the one before is not held while all rows are read.
alter table orders validate constraint orders_status;
alter table timeline validate constraint timeline_actor;
alter table order_parts validate constraint order_parts_status;

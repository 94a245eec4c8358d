-- The open shops by what their names are compared by.
create index concurrently shops_name on shops (name_key) where status = 'active';

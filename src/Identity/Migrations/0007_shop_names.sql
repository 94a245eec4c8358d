-- What names of shops are compared by is made by the program, which knows letters that look alike; for the shops there are the
-- database makes do with small letters, until they change their name.
alter table shops add column name_key text;
update shops set name_key = lower(name);

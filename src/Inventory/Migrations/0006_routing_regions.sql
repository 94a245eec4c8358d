-- A rule may be about a region of a country, named as delivery methods name it: by the beginnings of its postcodes.
alter table routing_rules add column postcode_prefixes text[] not null default '{}';  -- empty: all

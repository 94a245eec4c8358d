alter table delivery_methods
    add column per_kg_minor bigint not null default 0 check (per_kg_minor >= 0),
    add check (currency is not null or per_kg_minor = 0);

-- A rate of a region stands beside that of its country; the new index says what the old one said of whole countries.
alter table tax_rates add column region text not null default '';
create unique index tax_rates_region on tax_rates (country, region, tax_category);
drop index tax_rates_one;

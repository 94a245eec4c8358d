-- From which warehouses a seller's orders are filled: of the rules of a seller the first one that fits the country decides. Without
-- one it is by the priority of the warehouses.
create table routing_rules (
    id uuid primary key,
    company_id uuid not null,
    name text not null,
    position int not null,                  -- the lowest is asked first
    countries text[] not null,              -- where the order goes; empty: everywhere
    warehouse_ids uuid[] not null,          -- these first, in this order
    prefer text not null check (prefer in ('priority', 'country', 'most_stock')),
    split bool not null,                    -- whether a line may be gathered from several
    active bool not null,
    created_at timestamptz not null,
    version bigint not null
);
create unique index routing_rules_name on routing_rules (company_id, lower(name));
create index routing_rules_order on routing_rules (company_id, position, id);

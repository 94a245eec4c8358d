-- Offers as Catalog last said; with this a cart prices a line without asking anybody.
create table offers (
    id uuid primary key,
    product_id uuid not null,
    variant_id uuid not null,
    company_id uuid not null,
    shop_id uuid not null,
    sku text not null,
    title text not null,
    price_minor bigint not null,
    currency text not null,
    delivery_fee_minor bigint,
    tax_category text not null,
    category_ids uuid[] not null,
    weight_grams int,
    active bool not null,
    version bigint not null
) with (fillfactor = 80);
create index offers_product on offers (product_id);

-- Apart from the offers: it changes with every sale, they do not.
create table availability (offer_id uuid primary key, available bigint not null, version bigint not null) with (fillfactor = 50);

-- One narrow row: the lines are parallel arrays, because an add must be one statement that neither parses nor joins.
-- A guest's cart has a random id, named by the signed X-Cart-Token; a customer's cart has the id of the account.
create table carts (
    id uuid primary key,
    account_id uuid,
    status text not null default 'open' check (status in ('open', 'frozen')),
    order_id uuid,                                  -- while frozen: the checkout that holds it
    currency text,                                  -- null while nothing is in it
    offer_ids uuid[] not null default '{}',
    quantities int[] not null default '{}',
    prices bigint[] not null default '{}',          -- what the buyer saw when the line was put in
    contact jsonb,                                  -- personal data, gone with the cart
    delivery_companies uuid[] not null default '{}',
    delivery_methods uuid[] not null default '{}',
    coupons text[] not null default '{}',
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (cardinality(offer_ids) <= 100),
    check (cardinality(offer_ids) = cardinality(quantities) and cardinality(offer_ids) = cardinality(prices)),
    check (cardinality(delivery_companies) = cardinality(delivery_methods)),
    check ((status = 'frozen') = (order_id is not null))
) with (fillfactor = 50);
-- On a column that never changes, so that an update of a cart touches no index.
create index carts_created on carts using brin (created_at);

-- Who bought and where it goes: a snapshot for each checkout, with the id of its order, and the contacts that customers
-- keep for later. Never changed.
create table contacts (
    id uuid primary key,
    account_id uuid,                                -- null: a guest's
    cart_id uuid,                                   -- the cart that was checked out; null without one
    kept bool not null default false,               -- made by its account with POST /contacts
    card jsonb,                                     -- null: erased
    created_at timestamptz not null default now()
);
create index contacts_kept on contacts (account_id, id) where kept;

create table delivery_methods (
    id uuid primary key,
    company_id uuid,                                -- null: the marketplace's
    name text not null,
    countries text[] not null default '{}',         -- empty: everywhere
    postcode_prefixes text[] not null default '{}', -- empty: the whole country
    currency text,                                  -- of its amounts; null when it costs nothing
    base_minor bigint not null check (base_minor >= 0),
    per_item_minor bigint not null check (per_item_minor >= 0),
    free_from_minor bigint check (free_from_minor >= 0),
    tax_category text not null default 'standard',
    active bool not null default true,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    check (currency is not null or (base_minor = 0 and per_item_minor = 0 and free_from_minor is null))
);
create index delivery_methods_company on delivery_methods (company_id, id);
-- So that a marketplace trades from its first minute. Staff may change, switch off or delete it like any other.
insert into delivery_methods (id, name, base_minor, per_item_minor)
values ('019aa000-0000-7000-8000-000000000001', 'Standard', 0, 0);

create table tax_rates (
    id uuid primary key,
    country text not null,
    tax_category text not null,
    percent numeric(7, 4) not null check (percent >= 0 and percent <= 100),
    version bigint not null default 1,
    created_at timestamptz not null default now()
);
create unique index tax_rates_one on tax_rates (country, tax_category);

create table promotions (
    id uuid primary key,
    company_id uuid,                                -- null: the marketplace's
    name text not null,
    code text,                                      -- null: it applies by itself
    percent numeric(7, 4) check (percent > 0 and percent <= 100),
    amount_minor bigint check (amount_minor > 0),
    currency text,                                  -- of the amount and the minimum
    minimum_minor bigint check (minimum_minor > 0),
    category_id uuid,
    starts_at timestamptz,
    ends_at timestamptz,
    uses_max bigint check (uses_max > 0),
    uses_per_customer_max int check (uses_per_customer_max > 0),
    funded_by text not null check (funded_by in ('seller', 'marketplace')),
    active bool not null default true,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    check ((percent is null) <> (amount_minor is null)),
    check (ends_at is null or starts_at is null or ends_at > starts_at)
);
create unique index promotions_code on promotions (code) where code is not null;
create index promotions_company on promotions (company_id, id);

-- How often a limited promotion was taken; apart from its row, which people edit.
create table promotion_counts (promotion_id uuid primary key, used bigint not null check (used >= 0)) with (fillfactor = 50);
create table promotion_customers (
    promotion_id uuid not null,
    customer text not null,
    used int not null check (used >= 0),
    primary key (promotion_id, customer)
);
-- What a checkout took, until it is known to be for good or is given back.
create table redemptions (
    order_id uuid not null,
    promotion_id uuid not null,
    customer text not null,
    returned_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (order_id, promotion_id)
);

-- Grows with every change of the three tables above that price: processes keep their rules in memory and look here.
create table pricing_version (one bool primary key default true check (one), version bigint not null);
insert into pricing_version (version) values (1);

-- Promotions of every kind with their conditions. Those that are there stay what they were: off the items together.
alter table promotions
    add column kind text not null default 'order' check (kind in ('item', 'order', 'delivery', 'buy_x_get_y')),
    add column buy_quantity int not null default 0 check (buy_quantity >= 0),
    add column get_quantity int not null default 0 check (get_quantity >= 0),
    add column get_product_ids uuid[] not null default '{}', -- empty: of what is bought
    add column product_ids uuid[] not null default '{}',      -- empty: all
    add column seller_id uuid,                                -- only what this company sells
    add column customer_group_id uuid,
    add column first_order bool not null default false,
    add column priority int not null default 0,
    add column exclusive bool not null default false,
    add check ((kind = 'buy_x_get_y') = (buy_quantity > 0 and get_quantity > 0)),
    add check (kind <> 'buy_x_get_y' or percent is not null);

-- Codes that are good for one order each. Their promotion has a code that nobody can give, so that a program of before does
-- not take it for one that applies by itself.
create table promotion_codes (
    code text primary key,
    promotion_id uuid not null references promotions on delete cascade,
    order_id uuid,                                            -- the checkout that took it; null while it is good
    created_at timestamptz not null default now()
) with (fillfactor = 90);
create index promotion_codes_promotion on promotion_codes (promotion_id, code);
alter table redemptions add column code text;                 -- null: the promotion's own

-- Accounts that promotions are for; the marketplace's own people keep them.
create table customer_groups (
    id uuid primary key,
    name text not null,
    version bigint not null default 1,
    created_at timestamptz not null default now()
);
create unique index customer_groups_name on customer_groups (lower(name));
create table customer_group_members (
    group_id uuid not null references customer_groups on delete cascade,
    account_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (group_id, account_id)
);
create index customer_group_members_account on customer_group_members (account_id);

-- Whether an account has ordered before: its checkouts, but those that never came about.
alter table contacts add column refused bool not null default false;
create index contacts_account on contacts (account_id) where account_id is not null and not kept;

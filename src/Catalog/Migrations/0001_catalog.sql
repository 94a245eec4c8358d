-- Projections of Identity's companies and shops: an offer can be bought only while both are good.
create table companies (
    id uuid primary key,
    name text not null,
    status text not null,
    version bigint not null
);

create table shops (
    id uuid primary key,
    company_id uuid not null,
    name text not null,
    slug text not null,
    status text not null,
    version bigint not null
);
create index shops_company on shops (company_id);

create table categories (
    id uuid primary key,
    parent_id uuid references categories,
    name text not null,
    slug text not null,
    path uuid[] not null,       -- its ancestors from the root on, then itself
    position int not null,
    version bigint not null
);
create unique index categories_slug on categories (slug);
create index categories_parent on categories (parent_id);
create index categories_path on categories using gin (path);

create table tags (
    id uuid primary key,
    name text not null,
    slug text not null,
    version bigint not null
);
create unique index tags_slug on tags (slug);

-- What specifications there are, and of which type their values must be.
create table attributes (
    id uuid primary key,
    code text not null,
    name text not null,
    type text not null check (type in ('text', 'number', 'boolean', 'choice')),
    choices text[] not null,
    unit text,
    version bigint not null
);
create unique index attributes_code on attributes (code);

create table products (
    id uuid primary key,
    company_id uuid not null,
    name text not null,
    slug text not null,
    description text not null,
    status text not null check (status in ('draft', 'published', 'archived')),
    category_ids uuid[] not null,
    tag_ids uuid[] not null,
    attributes jsonb not null,
    options text[] not null,
    boost int not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null
);
create unique index products_slug on products (slug);
create index products_company on products (company_id, id);
create index products_categories on products using gin (category_ids);
create index products_tags on products using gin (tag_ids);

create table variants (
    id uuid primary key,
    product_id uuid not null references products,
    title text not null,
    options jsonb not null,
    weight_grams int check (weight_grams >= 0),
    position int not null
);
create unique index variants_options on variants (product_id, options);

create table offers (
    id uuid primary key,
    product_id uuid not null references products,
    variant_id uuid not null references variants,
    company_id uuid not null,
    shop_id uuid not null,
    sku text not null,
    price_minor bigint not null check (price_minor >= 0),
    currency text not null,
    delivery_fee_minor bigint check (delivery_fee_minor >= 0),
    tax_category text not null,
    active bool not null,
    ended_at timestamptz,       -- an ended offer is kept: orders name it
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null
);
create index offers_product on offers (product_id);
create index offers_shop on offers (shop_id, id);
create index offers_company on offers (company_id, id);
create unique index offers_sku on offers (company_id, sku) where ended_at is null;
create unique index offers_once on offers (shop_id, variant_id) where ended_at is null;

-- Projection of Inventory. A table of its own: it changes with every sale, an offer seldom.
create table availability (
    offer_id uuid primary key,
    available bigint not null,
    version bigint not null
) with (fillfactor = 70);

create table sales (
    product_id uuid primary key,
    pieces bigint not null,
    ranked bool not null
) with (fillfactor = 70);
create index sales_unranked on sales (product_id) where not ranked;

create table images (
    id uuid primary key,
    product_id uuid not null references products,
    variant_id uuid references variants,
    content_type text not null,
    bytes bytea not null,
    position int not null,
    created_at timestamptz not null
);
create index images_product on images (product_id, position, id);

-- Products whose offers must be announced again and that were too many for the transaction that found them.
create table due_products (product_id uuid primary key);

-- What lists show, one row for each product, kept by refresh_listings.
create table listings (
    product_id uuid primary key references products,
    live bool not null default false,       -- published, and at least one offer can be bought
    name_key text not null default '' collate "C",
    price_minor bigint,
    currency text,
    available bigint not null default 0,
    offers int not null default 0,
    ranking int not null default 0,
    image_id uuid,
    scopes uuid[] not null default '{}'
) with (fillfactor = 80);
create index listings_ranking on listings (ranking desc, product_id desc) where live;
create index listings_price on listings (price_minor, product_id) where live;
create index listings_name on listings (name_key, product_id) where live;
create index listings_created on listings (product_id) where live;

-- A live product stands once under each of its categories, their ancestors, tags, sellers and shops (the scopes), with all
-- that a list is sorted by: a page of any of them is one range of one index, however large the marketplace is.
create table listing_entries (
    scope uuid not null,
    product_id uuid not null,
    ranking int not null,
    price_minor bigint not null,
    name_key text not null collate "C",
    primary key (scope, product_id)
) with (fillfactor = 80);
create index listing_entries_ranking on listing_entries (scope, ranking desc, product_id desc);
create index listing_entries_price on listing_entries (scope, price_minor, product_id);
create index listing_entries_name on listing_entries (scope, name_key, product_id);

-- Recomputes the lists' rows of these products from what is true now. The rows are locked before anything is read: under
-- READ COMMITTED the statements after the lock see what another writer of the same product has committed.
create function refresh_listings(ids uuid[]) returns void language plpgsql as $$
begin
    insert into listings (product_id)
    select id from products where id = any(ids) order by id on conflict do nothing;
    perform 1 from listings where product_id = any(ids) order by product_id for update;

    with sold as (
        select o.product_id, min(o.price_minor) as price_minor, min(o.currency) as currency, count(*)::int as offers,
               sum(greatest(coalesce(a.available, 0), 0))::bigint as available,
               array_agg(o.company_id) || array_agg(o.shop_id) as sellers
          from offers o
          join products p on p.id = o.product_id and p.status = 'published'
          join companies c on c.id = o.company_id and c.status = 'approved'
          join shops s on s.id = o.shop_id and s.status = 'active'
          left join availability a on a.offer_id = o.id
         where o.product_id = any(ids) and o.active and o.ended_at is null
         group by o.product_id
    ), fresh as (
        select p.id, sold.product_id is not null as live, left(lower(p.name), 100) as name_key, sold.price_minor, sold.currency,
               coalesce(sold.available, 0) as available, coalesce(sold.offers, 0) as offers,
               p.boost + floor(1000 * ln(1 + greatest(coalesce(s.pieces, 0), 0)))::int as ranking,
               (select i.id from images i where i.product_id = p.id order by i.position, i.id limit 1) as image_id,
               case when sold.product_id is null then '{}'::uuid[] else array(
                   select unnest(c.path) from categories c where c.id = any(p.category_ids)
                   union select unnest(p.tag_ids) union select unnest(sold.sellers) order by 1) end as scopes
          from products p
          left join sold on sold.product_id = p.id
          left join sales s on s.product_id = p.id
         where p.id = any(ids)
    ), gone as (
        delete from listing_entries e using listings l join fresh f on f.id = l.product_id
         where e.product_id = l.product_id and e.scope = any(l.scopes) and e.scope <> all(f.scopes)
    ), kept as (
        insert into listing_entries as e (scope, product_id, ranking, price_minor, name_key)
        select scope, f.id, f.ranking, f.price_minor, f.name_key from fresh f cross join unnest(f.scopes) as scope
         where f.live
            on conflict (scope, product_id) do update
           set ranking = excluded.ranking, price_minor = excluded.price_minor, name_key = excluded.name_key
         where (e.ranking, e.price_minor, e.name_key) is distinct from (excluded.ranking, excluded.price_minor, excluded.name_key)
    )
    update listings l
       set live = f.live, name_key = f.name_key, price_minor = f.price_minor, currency = f.currency, available = f.available,
           offers = f.offers, ranking = f.ranking, image_id = f.image_id, scopes = f.scopes
      from fresh f where f.id = l.product_id;
end $$;

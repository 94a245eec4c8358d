-- What names are sorted and found by is made by the program: lower() here knows the letters of the database's locale only,
-- and that is C as a rule.
alter table products add column name_key text not null default '';
update products set name_key = left(lower(name), 100);

-- Lists by ranking are filtered by price more than by anything else: with the price in the index the rows passed over cost
-- no visit of the table.
drop index listing_entries_ranking;
create index listing_entries_ranking on listing_entries (scope, ranking desc, product_id desc) include (price_minor);

create or replace function refresh_listings(ids uuid[]) returns void language plpgsql as $$
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
        select p.id, sold.product_id is not null as live, p.name_key, sold.price_minor, sold.currency,
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

-- Whether a variant is sold was asked of every shop: by variant alone there is no index. The offers of its product are few.
create or replace function refresh_facets(ids uuid[]) returns void language plpgsql as $$
begin
    with stated as (
        select l.product_id, s.key as code, s.value #>> '{}' as value, jsonb_typeof(s.value) = 'number' as is_number
          from listings l join products p on p.id = l.product_id cross join jsonb_each(p.attributes) s
         where l.product_id = any(ids) and l.live
        union
        -- What variants differ in, of those that can be bought.
        select l.product_id, s.key, s.value, a.type = 'number'
          from listings l join variants v on v.product_id = l.product_id cross join jsonb_each_text(v.options) s
          join attributes a on a.code = s.key
         where l.product_id = any(ids) and l.live
           and exists (select 1 from offers o
                         join companies c on c.id = o.company_id and c.status = 'approved'
                         join shops h on h.id = o.shop_id and h.status = 'active'
                        where o.product_id = v.product_id and o.variant_id = v.id and o.active and o.ended_at is null)
    ), wanted as (
        select l.product_id,
               l.scopes || coalesce(array_agg(distinct attribute_scope(s.code, s.value)) filter (where not s.is_number), '{}') as scopes
          from stated s join listings l on l.product_id = s.product_id
         group by l.product_id
    ), numbers as (
        -- An option may be older than the attribute that says its values are numbers.
        select s.product_id, s.code, case when s.value ~ '^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$' then s.value::numeric end as value
          from stated s where s.is_number
    ), gone as (
        delete from facets f where f.product_id = any(ids) and not exists (select 1 from wanted w where w.product_id = f.product_id)
    ), gone_numbers as (
        delete from facet_numbers f where f.product_id = any(ids) and not exists (
            select 1 from numbers n where (n.product_id, n.code, n.value) = (f.product_id, f.code, f.value))
    ), kept_numbers as (
        insert into facet_numbers (product_id, code, value)
        select distinct product_id, code, value from numbers where value is not null on conflict do nothing
    )
    insert into facets as f (product_id, scopes) select product_id, scopes from wanted order by product_id
        on conflict (product_id) do update set scopes = excluded.scopes where f.scopes is distinct from excluded.scopes;
end $$;

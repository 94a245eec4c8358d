-- What an offer has cost while it could be bought, from when on; without a price nobody could buy it from then on. A reduction
-- may be announced against the lowest price of the 30 days before it only.
create table offer_prices (
    offer_id uuid not null,
    at timestamptz not null,
    price_minor bigint,
    currency text not null,
    primary key (offer_id, at)
);
create index offer_prices_at on offer_prices (at);

-- Since when the present price holds, and, when it was a reduction, from what: computed once, so that reads cost nothing.
alter table offers add column price_since timestamptz not null default now(), add column prior_price_minor bigint;

-- Writes down what has changed. Called with the lists, which every change of a price and of what can be bought refreshes, so no
-- way of changing them passes it by; the rows of the lists are locked, so the history is in the order of the commits.
create function remember_prices(ids uuid[]) returns void language plpgsql as $$
begin
    with offered as (
        select o.id, o.currency,
               case when o.active and o.ended_at is null and p.status = 'published' and c.status = 'approved' and s.status = 'active'
                    then o.price_minor end as price_minor
          from offers o
          join products p on p.id = o.product_id
          join companies c on c.id = o.company_id
          join shops s on s.id = o.shop_id
         where o.product_id = any(ids)
    ), changed as (
        insert into offer_prices (offer_id, at, price_minor, currency)
        select o.id, greatest(now(), last.at + interval '1 microsecond'), o.price_minor, o.currency
          from offered o
          left join lateral (select h.at, h.price_minor from offer_prices h where h.offer_id = o.id order by h.at desc limit 1) last on true
         where o.price_minor is distinct from last.price_minor
        returning offer_id, at, price_minor
    )
    -- The prices that held in those 30 days: those since then, and the one they began with. What could not be bought when they
    -- began has no price to be compared with: else a price nobody was asked for, or asked for a moment, would make a reduction.
    update offers o
       set price_since = n.at, prior_price_minor = case when n.price_minor < held.lowest then held.lowest end
      from changed n
      left join lateral (
           select h.at, h.price_minor from offer_prices h
            where h.offer_id = n.offer_id and h.at <= n.at - interval '30 days' order by h.at desc limit 1) began on true
      left join lateral (
           select min(h.price_minor) as lowest from offer_prices h
            where h.offer_id = n.offer_id and h.at >= began.at and began.price_minor is not null) held on true
     where o.id = n.offer_id;
end $$;

create or replace function refresh_listings(ids uuid[]) returns void language plpgsql as $$
begin
    perform refresh_listing_rows(ids);
    perform refresh_facets(ids);
    perform remember_prices(ids);
end $$;

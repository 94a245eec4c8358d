-- In a transaction of its own: the one that changed the table of offers let nobody read them meanwhile. Nobody wrote down what
-- they cost before, so their history begins now.
insert into offer_prices (offer_id, at, price_minor, currency)
select o.id, now(), o.price_minor, o.currency
  from offers o
  join products p on p.id = o.product_id and p.status = 'published'
  join companies c on c.id = o.company_id and c.status = 'approved'
  join shops s on s.id = o.shop_id and s.status = 'active'
 where o.active and o.ended_at is null and not exists (select 1 from offer_prices h where h.offer_id = o.id);

-- Offers that somebody waits for. Who that is, Notifications knows.
create table restock_watches (offer_id uuid primary key);

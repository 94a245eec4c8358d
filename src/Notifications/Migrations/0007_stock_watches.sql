-- Who wants to hear when an offer can be bought again: an account, or the address a guest gave. An address stays 30 days after it
-- was told, for the link in that mail, and half a year where nothing came of it.
create table stock_watches (
    id uuid primary key,
    offer_id uuid not null,
    account_id uuid,
    address text,
    created_at timestamptz not null default now(),
    told_at timestamptz,
    check ((account_id is null) <> (address is null))
);
create unique index stock_watches_account on stock_watches (account_id, offer_id) where told_at is null and account_id is not null;
create unique index stock_watches_address on stock_watches (lower(address), offer_id) where told_at is null and address is not null;
create index stock_watches_offer on stock_watches (offer_id) where told_at is null;
create index stock_watches_age on stock_watches (created_at);

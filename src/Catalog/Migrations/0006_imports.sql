-- A file of products, and how far it was read. The file is kept until the last row is done.
create table imports (
    id uuid primary key,
    company_id uuid not null,
    shop_id uuid not null,
    account_id uuid not null,
    one_shop bool not null,     -- who sent it sells in this shop of the company only
    dry_run bool not null,
    status text not null check (status in ('waiting', 'running', 'done', 'cancelled')),
    rows int not null,
    done int not null default 0,
    created int not null default 0,
    changed int not null default 0,
    failed int not null default 0,
    csv bytea,
    leased_until timestamptz not null default '-infinity',
    created_at timestamptz not null,
    finished_at timestamptz,
    version bigint not null
);
create index imports_company on imports (company_id, id);
create index imports_open on imports (id) where status in ('waiting', 'running');
create index imports_finished on imports (finished_at) where finished_at is not null;

create table import_errors (
    import_id uuid not null references imports on delete cascade,
    n int not null,
    row int not null,
    col text not null,
    code text not null,
    detail text not null,
    primary key (import_id, n)
);

-- What sellers of a product that another company keeps would have it say.
create table proposals (
    id uuid primary key,
    product_id uuid not null,
    company_id uuid not null,       -- who proposes
    account_id uuid not null,
    changes jsonb not null,
    note text not null,
    status text not null check (status in ('pending', 'accepted', 'rejected', 'withdrawn')),
    reason text,
    created_at timestamptz not null,
    decided_at timestamptz,
    version bigint not null
);
create unique index proposals_pending on proposals (product_id, company_id) where status = 'pending';
create index proposals_product on proposals (product_id, id);
create index proposals_company on proposals (company_id, id);

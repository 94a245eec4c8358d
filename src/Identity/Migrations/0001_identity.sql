create table accounts (
    id uuid primary key,
    kind text not null check (kind in ('customer', 'company', 'shop', 'warehouse', 'affiliate', 'staff')),
    staff_role text check ((kind = 'staff') = (staff_role is not null)),
    status text not null check (status in ('active', 'suspended', 'closed')),
    email text,
    email_key text unique,       -- exact local part, lower-case domain; null when the account is closed
    email_verified_at timestamptz,
    username text,
    username_key text unique,    -- lower-case
    password_hash text,          -- null: a member of staff who has not opened the first link yet
    first_name text not null,
    last_name text not null,
    phone text,
    locale text not null,
    suspended_reason text,
    created_at timestamptz not null,
    version bigint not null
);
create index accounts_created on accounts (created_at, id);

create table addresses (
    id uuid primary key,
    account_id uuid not null references accounts on delete cascade,
    label text,
    name text not null,
    company text,
    line1 text not null,
    line2 text,
    city text not null,
    region text,
    postcode text not null,
    country text not null,
    phone text,
    is_default bool not null,
    created_at timestamptz not null,
    version bigint not null
);
create index addresses_account on addresses (account_id, id);
create unique index addresses_default on addresses (account_id) where is_default;

create table companies (
    id uuid primary key,
    kind text not null check (kind in ('seller', 'warehouse_operator')),
    name text not null,
    status text not null check (status in ('pending', 'approved', 'suspended', 'closed')),
    country text not null,
    tax_id text,
    phone text,
    line1 text,
    line2 text,
    city text,
    region text,
    postcode text,
    suspended_reason text,
    created_at timestamptz not null,
    version bigint not null
);
create index companies_created on companies (created_at, id);

create table shops (
    id uuid primary key,
    company_id uuid not null references companies,
    name text not null,
    slug text not null unique,
    description text,
    status text not null check (status in ('active', 'closed')),
    created_at timestamptz not null,
    version bigint not null
);
create index shops_company on shops (company_id, id);

create table members (
    company_id uuid not null references companies,
    account_id uuid not null references accounts,
    role text not null,
    shop_id uuid references shops,
    joined_at timestamptz not null,
    version bigint not null,
    primary key (company_id, account_id)
);
create index members_account on members (account_id);

-- What a mailed link stands for. The link itself is derived from the id and never stored.
create table link_requests (
    id uuid primary key,
    purpose text not null check (purpose in ('verify_email', 'reset_password', 'invite_member')),
    account_id uuid references accounts on delete cascade, -- null: an address without an account, kept so that asking costs the same
    email text,
    company_id uuid references companies,
    role text,
    shop_id uuid references shops,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index link_requests_account on link_requests (account_id, purpose);
create index link_requests_company on link_requests (company_id) where company_id is not null;
create index link_requests_expires on link_requests (expires_at);

-- A sign-in. Its refresh tokens are a chain: only the hashes of the newest and of its direct predecessor are kept.
create table sessions (
    id uuid primary key,
    account_id uuid not null references accounts,
    generation int not null default 0,
    token_hash bytea not null,
    previous_hash bytea,
    rotated_at timestamptz,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text
);
create index sessions_account on sessions (account_id) where ended_at is null;
create index sessions_expires on sessions (expires_at);

create table revocations (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    session_id uuid,             -- null: all tokens of the account that were issued before
    account_id uuid not null,
    not_before timestamptz not null
);
create index revocations_at on revocations (at);

create table signing_keys (
    kid text primary key,
    state text not null check (state in ('next', 'active', 'retired')),
    x bytea not null,
    y bytea not null,
    private_key bytea not null,  -- AES-256-GCM: nonce, tag, PKCS#8
    created_at timestamptz not null default now(),
    activated_at timestamptz,
    retired_at timestamptz
);
create unique index signing_keys_next on signing_keys (state) where state = 'next';
create unique index signing_keys_active on signing_keys (state) where state = 'active';

create table api_keys (
    id uuid primary key,
    company_id uuid not null references companies,
    account_id uuid not null references accounts,
    name text not null,
    hint text not null,
    hash bytea not null unique,
    permissions text[] not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz
);
create index api_keys_company on api_keys (company_id, id);

create table sign_in_failures (
    scope text primary key,
    failures int not null,
    last_at timestamptz not null,
    blocked_until timestamptz not null
) with (fillfactor = 70);

-- What was confirmed, for the mails about it. No names, no addresses: who gets a mail is asked when it is sent.
create table orders (
    id uuid primary key,
    number text not null,
    currency text not null,
    total_minor bigint not null,
    contact_id uuid not null,
    lines jsonb not null,
    at timestamptz not null default now()
);
create index orders_at on orders using brin (at);

-- A mail to send, then what became of it. Exactly one of the recipients is given.
create table mails (
    id uuid primary key,
    template text,                          -- null: subject and body were given
    order_id uuid,                          -- the buyer of the order gets it
    company_id uuid,                        -- the members of the company get it; with order_id: about their part
    account_id uuid,                        -- the account gets it
    request_id uuid,                        -- whoever asked for a link gets it
    address text,                           -- staff named an address; gone once the mail was sent
    data jsonb,                             -- what the template shows besides; ids and amounts
    subject text,
    body text,
    sent_by uuid,                           -- the account that asked for it
    status text not null default 'queued' check (status in ('queued', 'sent', 'skipped', 'failed')),
    attempts int not null default 0,
    next_try_at timestamptz not null default now(),
    sent_at timestamptz,
    recipient text,                         -- masked, once it was sent
    template_version int,
    error text,
    created_at timestamptz not null default now()
);
create index mails_queue on mails (next_try_at) where status = 'queued';
create index mails_order on mails (order_id) where order_id is not null;
create index mails_created on mails using brin (created_at);

-- Versions of templates that staff wrote. Version 0 of the built-in ones is in the program.
create table template_versions (
    name text not null,
    version int not null,
    subject text not null,
    text text not null,
    html text,
    account_id uuid,
    created_at timestamptz not null default now(),
    primary key (name, version)
);
revoke update, delete, truncate on template_versions from {role};

-- Development without a mail server: mails as they would have gone out, for the mailbox page. Empty everywhere else.
create table mailbox (
    id uuid primary key,
    at timestamptz not null default now(),
    recipients text not null,
    subject text not null,
    text text not null,
    html text
);

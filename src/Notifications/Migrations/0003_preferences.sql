-- What accounts said they want; where they said nothing, the kind's own default holds.
create table preferences (
    account_id uuid not null,
    kind text not null,
    channel text not null check (channel in ('email', 'inbox')),
    wanted bool not null,
    at timestamptz not null default now(),
    primary key (account_id, kind, channel)
);

-- Of mails that staff wrote. What the marketplace sends by itself has the kind of its template.
alter table mails add column kind text;

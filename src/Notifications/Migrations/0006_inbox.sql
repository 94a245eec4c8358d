-- What people find when they come back. Of an account, or of a company: then those of its members see it who may.
create table notifications (
    id uuid primary key,                    -- that of the mail which says the same, where there is one
    inbox_id uuid not null,                 -- the account, or the company
    kind text not null,
    template text,                          -- its subject is the title, in the reader's language; null: staff wrote it
    order_id uuid,
    facts jsonb,                            -- what the template shows besides the order
    title text,
    message text,
    link text,
    sent_by uuid,                           -- the account of the staff that wrote it
    created_at timestamptz not null default now(),
    check ((template is null) = (message is not null))
);
create index notifications_inbox on notifications (inbox_id, kind, id);
create index notifications_created on notifications using brin (created_at);

-- Who read what: everything up to a point, but for what was marked by itself.
create table notification_readers (account_id uuid primary key, read_up_to uuid not null);
create table notification_marks (
    account_id uuid not null,
    notification_id uuid not null references notifications on delete cascade,
    is_read bool not null,
    primary key (account_id, notification_id)
);
create index notification_marks_notification on notification_marks (notification_id);

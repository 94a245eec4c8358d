-- Addresses that get no mail: they bounced, or complained, or staff said so. The address itself is not kept: a keyed hash of
-- it finds it, a mask shows it.
create table suppressions (
    id uuid primary key,
    address_key uuid not null unique,
    recipient text not null,
    reason text not null check (reason in ('bounce', 'complaint', 'staff')),
    detail text,
    mail_id uuid,                           -- the mail that bounced
    account_id uuid,                        -- of the staff, when it was staff
    created_at timestamptz not null default now()
);

-- Whom a mail went to can be asked for, by the same hash.
alter table mails add column address_key uuid;
create index mails_address on mails (address_key, id) where address_key is not null;

-- What is there already fits; it is looked through in the next migration, without a lock that anybody waits for.
alter table mails drop constraint mails_status_check;
alter table mails add constraint mails_status_check
    check (status in ('queued', 'sent', 'skipped', 'failed', 'suppressed', 'bounced')) not valid;

-- The second step of a sign-in: codes of an authenticator app (RFC 6238).
create table totp (
    account_id uuid primary key references accounts on delete cascade,
    secret bytea not null,                   -- AES-256-GCM: nonce, tag, secret
    confirmed_at timestamptz,                -- null: begun and not proven yet, sign-in does not ask for it
    last_step bigint not null default 0,     -- a code is good once: up to this step they are used up
    created_at timestamptz not null default now()
);

-- Each opens the account once when the app is lost.
create table recovery_codes (
    account_id uuid not null references totp on delete cascade,
    hash bytea not null,                     -- HMAC-SHA256
    used_at timestamptz,
    primary key (account_id, hash)
);

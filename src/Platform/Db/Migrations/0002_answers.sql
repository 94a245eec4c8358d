-- An answer that comes after the commit of its request (a checkout) is found by this id, not by its key.
alter table idempotency add column answer_id uuid;
create unique index idempotency_answer on idempotency (answer_id) where answer_id is not null;

-- The buyer's account knows their language where the contact does not say.
alter table orders add column account_id uuid;

-- A template has a text in each language. Its versions go on over all of them: a name and a version are one text.
alter table template_versions add column locale text not null default 'en';

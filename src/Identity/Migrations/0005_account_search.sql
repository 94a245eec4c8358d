-- Staff find accounts by the beginning of an address or a name. Two of the four columns that are looked at are worth an index:
-- usernames have one, and by first names alone nobody looks for long.
create index accounts_email_search on accounts (lower(email) text_pattern_ops);
create index accounts_name_search on accounts (lower(last_name) text_pattern_ops);

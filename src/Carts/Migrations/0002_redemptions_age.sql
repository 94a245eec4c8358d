-- Old redemptions are removed a few at a time; they come in the order of their age.
create index redemptions_created on redemptions using brin (created_at);

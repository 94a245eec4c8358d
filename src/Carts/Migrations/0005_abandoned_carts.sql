-- When a cart was said to be abandoned; older than its last change once it is in use again. No index: a cart's row is updated
-- in place, and the job looks at those of the last days by the index on their making.
alter table carts add column abandoned_at timestamptz;

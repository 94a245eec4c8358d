-- What people who cannot see a picture read, and its sides; of those from before nobody has read them.
alter table images add column alt text not null default '', add column width int, add column height int;

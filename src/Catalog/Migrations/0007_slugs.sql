-- Slugs that products and categories had. Addresses that were shared go on working, so nobody else gets them.
create table old_slugs (
    kind text not null,         -- products or categories
    slug text not null,
    id uuid not null,
    at timestamptz not null default now(),
    primary key (kind, slug)
);
create index old_slugs_of on old_slugs (kind, id);

create function keep_slug() returns trigger language plpgsql set search_path from current as $$
begin
    if tg_op = 'DELETE' then
        delete from old_slugs where kind = tg_table_name and id = old.id;
        return old;
    end if;
    if exists (select 1 from old_slugs where kind = tg_table_name and slug = new.slug and id <> new.id) then
        raise unique_violation using message = 'another had this slug';
    end if;
    if tg_op = 'UPDATE' then
        insert into old_slugs (kind, slug, id) values (tg_table_name, old.slug, old.id)
            on conflict (kind, slug) do update set at = excluded.at;
        delete from old_slugs where kind = tg_table_name and slug = new.slug;
    end if;
    return new;
end $$;
create trigger first_slug before insert on products for each row execute function keep_slug();
create trigger next_slug before update of slug on products
    for each row when (old.slug is distinct from new.slug) execute function keep_slug();
create trigger first_slug before insert on categories for each row execute function keep_slug();
create trigger next_slug before update of slug on categories
    for each row when (old.slug is distinct from new.slug) execute function keep_slug();
create trigger last_slug after delete on categories for each row execute function keep_slug();

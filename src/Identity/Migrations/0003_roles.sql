-- Roles that a company, or the marketplace for its staff, makes of permissions. The built-in ones are in the program; a member has
-- a role by its name, so none may have the name of a built-in one.
create table roles (
    id uuid primary key,
    company_id uuid references companies,    -- null: of the marketplace
    name text not null,
    description text,
    permissions text[] not null,
    created_at timestamptz not null,
    version bigint not null,
    unique nulls not distinct (company_id, name)
);

-- The roles of a database whose rows belong to tenants. Run it in that database, as a
-- superuser or as the owner of the database with CREATEROLE. It can run again.
-- It sets no passwords: give the roles that log in theirs with \password in psql, or let
-- pg_hba.conf authenticate them otherwise.

-- Owns the tables and their policies. Nobody logs in as the owner, so that no
-- connection of the application can switch the policies off.
DO $tenancy$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tenancy_owner') THEN
        CREATE ROLE "tenancy_owner" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
END
$tenancy$;

-- Runs the migrations, as the owner.
DO $tenancy$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tenancy_migrator') THEN
        CREATE ROLE "tenancy_migrator" LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
END
$tenancy$;

-- The application. Its policies show it the rows of the tenant that the session names.
DO $tenancy$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'shop_app') THEN
        CREATE ROLE "shop_app" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
END
$tenancy$;

-- Reads the rows of all tenants, for work that crosses tenants. Writes nothing.
DO $tenancy$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tenancy_admin') THEN
        CREATE ROLE "tenancy_admin" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
END
$tenancy$;

-- Deletes the rows of one tenant at a time, under the application's policies.
DO $tenancy$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tenancy_eraser') THEN
        CREATE ROLE "tenancy_eraser" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
END
$tenancy$;

-- Roles that existed before keep what they had. None may be exempt from the policies.
DO $tenancy$
DECLARE
    problems text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(rolname), ', ') INTO problems
    FROM pg_catalog.pg_roles
    WHERE rolname = ANY (ARRAY['shop_app', 'tenancy_admin', 'tenancy_eraser', 'tenancy_migrator', 'tenancy_owner']::text[])
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication);
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles existed and can get round the policies: %', problems
            USING HINT = 'Take SUPERUSER, BYPASSRLS, CREATEROLE and REPLICATION from them.';
    END IF;
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(rolname), ', ') INTO problems
    FROM pg_catalog.pg_roles
    WHERE rolname = ANY (ARRAY['shop_app', 'tenancy_admin', 'tenancy_eraser']::text[]) AND pg_catalog.pg_has_role(oid, 'tenancy_owner', 'MEMBER');
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles can become the owner of the tables: %', problems;
    END IF;
END
$tenancy$;

-- Whatever the migrator creates belongs to the owner.
GRANT "tenancy_owner" TO "tenancy_migrator";
ALTER ROLE "tenancy_migrator" SET role = 'tenancy_owner';

-- A temporary table outlives the tenant whose rows were copied into it. The owner creates
-- the schema of the library's own tables.
DO $tenancy$
BEGIN
    EXECUTE pg_catalog.format(
        'REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
    EXECUTE pg_catalog.format(
        'GRANT CREATE ON DATABASE %I TO %I', pg_catalog.current_database(), 'tenancy_owner');
END
$tenancy$;

CREATE SCHEMA IF NOT EXISTS "public";
REVOKE CREATE ON SCHEMA "public" FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA "public" TO "tenancy_owner";
GRANT USAGE ON SCHEMA "public" TO "shop_app", "tenancy_admin", "tenancy_eraser";

CREATE SCHEMA IF NOT EXISTS "billing";
REVOKE CREATE ON SCHEMA "billing" FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA "billing" TO "tenancy_owner";
GRANT USAGE ON SCHEMA "billing" TO "shop_app", "tenancy_admin", "tenancy_eraser";

-- Takes back what up.sql did, the privileges first: what is not protected is not reachable.

-- Sequences of serial columns
DO $tenancy$
DECLARE
    sequence pg_catalog.regclass;
BEGIN
    FOR sequence IN
        SELECT s.oid::pg_catalog.regclass
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.deptype = 'a'
            AND d.refobjid IN (
                '"projects"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('REVOKE USAGE ON SEQUENCE %s FROM %I', sequence, 'shop_app');
    END LOOP;
END
$tenancy$;

-- projects
REVOKE ALL ON "projects" FROM "shop_app", "tenancy_admin", "tenancy_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "projects";
DROP POLICY IF EXISTS "tenancy_guard" ON "projects";
DROP POLICY IF EXISTS "tenancy_admin" ON "projects";
ALTER TABLE "projects" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "projects" DISABLE ROW LEVEL SECURITY;

-- comments
REVOKE ALL ON "comments" FROM "shop_app", "tenancy_admin", "tenancy_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "comments";
DROP POLICY IF EXISTS "tenancy_guard" ON "comments";
DROP POLICY IF EXISTS "tenancy_admin" ON "comments";
ALTER TABLE "comments" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "comments" DISABLE ROW LEVEL SECURITY;
DROP INDEX IF EXISTS "tenancy_comments_owner_idx";

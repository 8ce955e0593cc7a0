-- Takes back what up.sql did, the privileges first: what is not protected is not reachable.

-- Sequences of serial columns
DO $tenancy_$
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
                E'"a""b"."it''s $tenancy$ ""odd""; DROP TABLE x; --"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('REVOKE USAGE ON SEQUENCE %s FROM %I', sequence, E'a"; DROP ROLE x; --''');
    END LOOP;
END
$tenancy_$;

-- odd
REVOKE ALL ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" FROM "a""; DROP ROLE x; --'";
DROP POLICY IF EXISTS "tenancy_scope" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --";
DROP POLICY IF EXISTS "tenancy_guard" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --";
DROP POLICY IF EXISTS "tenancy_admin" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --";
ALTER TABLE "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" DISABLE ROW LEVEL SECURITY;
DROP INDEX IF EXISTS "a""b"."tenancy_it's $tenancy$ ""odd""; DROP TABLE x; --_tenant_idx";
ALTER TABLE "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" DROP CONSTRAINT IF EXISTS "tenancy_it's $tenancy$ ""odd""; DROP TABLE x; --_tenant_check";

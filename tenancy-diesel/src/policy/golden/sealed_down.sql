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

-- Policies of the other form, FOR ALL or one for each command, that an earlier run left
DO $tenancy$
DECLARE
    policy record;
BEGIN
    FOR policy IN
        SELECT polname, polrelid::pg_catalog.regclass AS relation
        FROM pg_catalog.pg_policy
        WHERE polname = ANY (ARRAY['tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete']::text[])
            AND polrelid IN (
                '"projects"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('DROP POLICY %I ON %s', policy.polname, policy.relation);
    END LOOP;
END
$tenancy$;

-- Partitions and inheritance children
DO $tenancy$
DECLARE
    names CONSTANT text[] := ARRAY['tenancy_scope', 'tenancy_guard', 'tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete', 'tenancy_admin']::text[];
    name text;
    child record;
BEGIN
    FOR child IN
        WITH RECURSIVE tree (relation, condition) AS (
            SELECT parent::pg_catalog.regclass::oid, v.condition
            FROM (VALUES
                ('"projects"', ''),
                ('"comments"', '')
            ) AS v (parent, condition)
            UNION
            SELECT i.inhrelid, tree.condition
            FROM tree
            JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        )
        SELECT c.oid::pg_catalog.regclass AS relation, c.relname, c.relkind, tree.condition
        FROM tree
        JOIN pg_catalog.pg_class AS c ON c.oid = tree.relation
        WHERE c.oid NOT IN (
            SELECT pg_catalog.to_regclass(declared)::oid
            FROM pg_catalog.unnest(ARRAY['"organisations"', '"projects"', '"tasks"', '"comments"', '"attachments"', '"billing"."tasks"', '"countries"', '"legacy_events"']::text[]) AS declared
            WHERE pg_catalog.to_regclass(declared) IS NOT NULL
        )
        ORDER BY c.oid::pg_catalog.regclass::text
    LOOP
        -- One that has come since, with policies of its own, keeps what it has.
        CONTINUE WHEN NOT EXISTS (
            SELECT FROM pg_catalog.pg_policy
            WHERE polrelid = child.relation AND polname = ANY (names)
        );
        FOREACH name IN ARRAY names LOOP
            EXECUTE pg_catalog.format('DROP POLICY IF EXISTS %I ON %s', name, child.relation);
        END LOOP;
        EXECUTE pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', child.relation);
        EXECUTE pg_catalog.format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', child.relation);
    END LOOP;
END
$tenancy$;

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
                '"tasks"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('REVOKE USAGE ON SEQUENCE %s FROM %I', sequence, 'shop_app');
    END LOOP;
END
$tenancy$;

-- tasks
REVOKE ALL ON "tasks" FROM "shop_app", "tenancy_admin", "tenancy_eraser";
DROP POLICY IF EXISTS "tenancy_scope_select" ON "tasks";
DROP POLICY IF EXISTS "tenancy_guard_select" ON "tasks";
DROP POLICY IF EXISTS "tenancy_scope_insert" ON "tasks";
DROP POLICY IF EXISTS "tenancy_guard_insert" ON "tasks";
DROP POLICY IF EXISTS "tenancy_scope_update" ON "tasks";
DROP POLICY IF EXISTS "tenancy_guard_update" ON "tasks";
DROP POLICY IF EXISTS "tenancy_scope_delete" ON "tasks";
DROP POLICY IF EXISTS "tenancy_guard_delete" ON "tasks";
DROP POLICY IF EXISTS "tenancy_admin" ON "tasks";
ALTER TABLE "tasks" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "tasks" DISABLE ROW LEVEL SECURITY;
ALTER TABLE "tasks" DROP CONSTRAINT IF EXISTS "tenancy_tasks_tenant_key";
ALTER TABLE "tasks" ALTER COLUMN "tenant_id" DROP DEFAULT;
DO $tenancy$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_constraint WHERE conrelid = '"tasks"'::pg_catalog.regclass AND conname = 'tenancy_tasks_tenant_not_null'
    ) THEN
        ALTER TABLE "tasks" DROP CONSTRAINT "tenancy_tasks_tenant_not_null";
        ALTER TABLE "tasks" ALTER COLUMN "tenant_id" DROP NOT NULL;
    END IF;
END
$tenancy$;

-- comments
REVOKE ALL ON "comments" FROM "shop_app", "tenancy_admin", "tenancy_eraser";
DROP POLICY IF EXISTS "tenancy_scope_select" ON "comments";
DROP POLICY IF EXISTS "tenancy_guard_select" ON "comments";
DROP POLICY IF EXISTS "tenancy_scope_insert" ON "comments";
DROP POLICY IF EXISTS "tenancy_guard_insert" ON "comments";
DROP POLICY IF EXISTS "tenancy_scope_update" ON "comments";
DROP POLICY IF EXISTS "tenancy_guard_update" ON "comments";
DROP POLICY IF EXISTS "tenancy_scope_delete" ON "comments";
DROP POLICY IF EXISTS "tenancy_guard_delete" ON "comments";
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
        WHERE polname = ANY (ARRAY['tenancy_scope', 'tenancy_guard']::text[])
            AND polrelid IN (
                '"tasks"'::pg_catalog.regclass,
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
                ('"tasks"', ''),
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

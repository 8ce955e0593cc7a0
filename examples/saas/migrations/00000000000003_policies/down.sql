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
                '"activity"'::pg_catalog.regclass,
                '"api_tokens"'::pg_catalog.regclass,
                '"attachments"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass,
                '"invitations"'::pg_catalog.regclass,
                '"members"'::pg_catalog.regclass,
                '"organisations"'::pg_catalog.regclass,
                '"projects"'::pg_catalog.regclass,
                '"reports"'::pg_catalog.regclass,
                '"tasks"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('REVOKE USAGE ON SEQUENCE %s FROM %I', sequence, 'saas_app');
    END LOOP;
END
$tenancy$;

-- activity
REVOKE ALL ON "activity" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "activity";
DROP POLICY IF EXISTS "tenancy_guard" ON "activity";
DROP POLICY IF EXISTS "tenancy_admin" ON "activity";
ALTER TABLE "activity" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "activity" DISABLE ROW LEVEL SECURITY;

-- api_tokens
REVOKE ALL ON "api_tokens" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "api_tokens";
DROP POLICY IF EXISTS "tenancy_guard" ON "api_tokens";
DROP POLICY IF EXISTS "tenancy_admin" ON "api_tokens";
ALTER TABLE "api_tokens" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "api_tokens" DISABLE ROW LEVEL SECURITY;

-- attachments
REVOKE ALL ON "attachments" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "attachments";
DROP POLICY IF EXISTS "tenancy_guard" ON "attachments";
DROP POLICY IF EXISTS "tenancy_admin" ON "attachments";
ALTER TABLE "attachments" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "attachments" DISABLE ROW LEVEL SECURITY;

-- comments
REVOKE ALL ON "comments" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "comments";
DROP POLICY IF EXISTS "tenancy_guard" ON "comments";
DROP POLICY IF EXISTS "tenancy_admin" ON "comments";
ALTER TABLE "comments" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "comments" DISABLE ROW LEVEL SECURITY;

-- invitations
REVOKE ALL ON "invitations" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "invitations";
DROP POLICY IF EXISTS "tenancy_guard" ON "invitations";
DROP POLICY IF EXISTS "tenancy_admin" ON "invitations";
ALTER TABLE "invitations" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "invitations" DISABLE ROW LEVEL SECURITY;

-- members
REVOKE ALL ON "members" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "members";
DROP POLICY IF EXISTS "tenancy_guard" ON "members";
DROP POLICY IF EXISTS "tenancy_admin" ON "members";
ALTER TABLE "members" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "members" DISABLE ROW LEVEL SECURITY;

-- organisations
REVOKE ALL ON "organisations" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "organisations";
DROP POLICY IF EXISTS "tenancy_guard" ON "organisations";
DROP POLICY IF EXISTS "tenancy_admin" ON "organisations";
ALTER TABLE "organisations" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "organisations" DISABLE ROW LEVEL SECURITY;

-- projects
REVOKE ALL ON "projects" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "projects";
DROP POLICY IF EXISTS "tenancy_guard" ON "projects";
DROP POLICY IF EXISTS "tenancy_admin" ON "projects";
ALTER TABLE "projects" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "projects" DISABLE ROW LEVEL SECURITY;

-- reports
REVOKE ALL ON "reports" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "reports";
DROP POLICY IF EXISTS "tenancy_guard" ON "reports";
DROP POLICY IF EXISTS "tenancy_admin" ON "reports";
ALTER TABLE "reports" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "reports" DISABLE ROW LEVEL SECURITY;

-- tasks
REVOKE ALL ON "tasks" FROM "saas_app", "saas_eraser";
DROP POLICY IF EXISTS "tenancy_scope" ON "tasks";
DROP POLICY IF EXISTS "tenancy_guard" ON "tasks";
DROP POLICY IF EXISTS "tenancy_admin" ON "tasks";
ALTER TABLE "tasks" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "tasks" DISABLE ROW LEVEL SECURITY;

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
                '"activity"'::pg_catalog.regclass,
                '"api_tokens"'::pg_catalog.regclass,
                '"attachments"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass,
                '"invitations"'::pg_catalog.regclass,
                '"members"'::pg_catalog.regclass,
                '"organisations"'::pg_catalog.regclass,
                '"projects"'::pg_catalog.regclass,
                '"reports"'::pg_catalog.regclass,
                '"tasks"'::pg_catalog.regclass
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
                ('"activity"', ''),
                ('"api_tokens"', ''),
                ('"attachments"', ''),
                ('"comments"', ''),
                ('"invitations"', ''),
                ('"members"', ''),
                ('"organisations"', ''),
                ('"projects"', ''),
                ('"reports"', ''),
                ('"tasks"', '')
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
            FROM pg_catalog.unnest(ARRAY['"activity"', '"api_tokens"', '"attachments"', '"comments"', '"invitations"', '"members"', '"organisations"', '"projects"', '"reports"', '"tasks"']::text[]) AS declared
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

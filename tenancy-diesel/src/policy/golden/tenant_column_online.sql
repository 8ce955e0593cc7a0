-- tenancy_tenant_column_add
-- From here until the last migration the owner of the tables is not filtered.
ALTER TABLE "comments" ADD COLUMN "tenant_id" uuid;
ALTER TABLE "comments" ALTER COLUMN "tenant_id" SET DEFAULT nullif(current_setting('app.tenant_id', true), '')::uuid;
SET LOCAL row_security = off;
DO $tenancy$
DECLARE
    relation pg_catalog.regclass;
BEGIN
    FOR relation IN
        WITH RECURSIVE tree (relation) AS (
            SELECT t::oid FROM pg_catalog.unnest(ARRAY[
                '"tasks"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass
            ]) AS t
            UNION
            SELECT i.inhrelid
            FROM tree
            JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        )
        SELECT tree.relation::pg_catalog.regclass
        FROM tree
        WHERE EXISTS (
            SELECT FROM pg_catalog.pg_policy
            WHERE polrelid = tree.relation AND polname = ANY (ARRAY['tenancy_scope', 'tenancy_guard', 'tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete']::text[])
        )
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', relation);
    END LOOP;
END
$tenancy$;

-- tenancy_tenant_column_fill_comments
-- One statement: it commits after each batch, which a transaction around it would not let it.
DO $tenancy$
DECLARE
    part pg_catalog.regclass;
    parts pg_catalog.regclass[];
    block bigint;
    blocks bigint;
BEGIN
    WITH RECURSIVE tree (relation) AS (
        SELECT '"comments"'::pg_catalog.regclass::oid
        UNION
        SELECT i.inhrelid
        FROM tree
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
    )
    SELECT pg_catalog.array_agg(c.oid::pg_catalog.regclass) INTO parts
    FROM tree
    JOIN pg_catalog.pg_class AS c ON c.oid = tree.relation
    WHERE c.relkind = 'r';
    FOREACH part IN ARRAY parts LOOP
        block := 0;
        blocks := pg_catalog.pg_relation_size(part)
            / pg_catalog.current_setting('block_size')::bigint;
        WHILE block < blocks LOOP
            PERFORM pg_catalog.set_config('row_security', 'off', true);
            EXECUTE pg_catalog.format(E'UPDATE ONLY %s AS t SET "tenant_id" = o."tenant_id"
    FROM "tasks" AS o
    WHERE o."id" = t."task_id" AND t."tenant_id" IS NULL AND t.ctid >= $1 AND t.ctid < $2', part)
                USING pg_catalog.format('(%s,0)', block)::tid,
                    pg_catalog.format('(%s,0)', block + 1000)::tid;
            COMMIT;
            block := block + 1000;
        END LOOP;
    END LOOP;
END
$tenancy$;

-- tenancy_tasks_id_target
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_tasks_id_target" ON "tasks" ("tenant_id", "id");

-- tenancy_comments_tenant_idx
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_comments_tenant_idx" ON "comments" ("tenant_id", "id");

-- tenancy_tenant_column_constraints
ALTER TABLE "tasks" ADD CONSTRAINT "tenancy_tasks_id_target" UNIQUE USING INDEX "tenancy_tasks_id_target";
ALTER TABLE "comments" ADD CONSTRAINT "tenancy_comments_owner_fkey"
    FOREIGN KEY ("tenant_id", "task_id") REFERENCES "tasks" ("tenant_id", "id") NOT VALID;
ALTER TABLE "comments" ADD CONSTRAINT "tenancy_comments_tenant_filled" CHECK ("tenant_id" IS NOT NULL) NOT VALID;

-- tenancy_tenant_column_validate
-- Reads the tables. Others can read and write them meanwhile.
SET LOCAL row_security = off;
ALTER TABLE "comments" VALIDATE CONSTRAINT "tenancy_comments_tenant_filled";
ALTER TABLE "comments" VALIDATE CONSTRAINT "tenancy_comments_owner_fkey";
SET LOCAL row_security TO DEFAULT;

-- tenancy_tenant_column_policies
ALTER TABLE "comments" ALTER COLUMN "tenant_id" SET NOT NULL;
ALTER TABLE "comments" DROP CONSTRAINT IF EXISTS "tenancy_comments_tenant_filled";
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
                '"comments"'::pg_catalog.regclass,
                '"attachments"'::pg_catalog.regclass
            )
    LOOP
        EXECUTE pg_catalog.format('DROP POLICY %I ON %s', policy.polname, policy.relation);
    END LOOP;
END
$tenancy$;
-- comments: rows of the tenant in tenant_id
ALTER TABLE "comments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "comments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "comments";
CREATE POLICY "tenancy_scope" ON "comments" AS PERMISSIVE FOR ALL TO "app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_guard" ON "comments";
CREATE POLICY "tenancy_guard" ON "comments" AS RESTRICTIVE FOR ALL TO "app"
    USING ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK ("tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS "tenancy_admin" ON "comments";
REVOKE ALL ON "comments" FROM PUBLIC, "app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "comments" TO "app";
-- attachments: owned by comments, through comment_id
ALTER TABLE "attachments" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "attachments" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "attachments";
CREATE POLICY "tenancy_scope" ON "attachments" AS PERMISSIVE FOR ALL TO "app"
    USING (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)));
DROP POLICY IF EXISTS "tenancy_guard" ON "attachments";
CREATE POLICY "tenancy_guard" ON "attachments" AS RESTRICTIVE FOR ALL TO "app"
    USING (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "attachments"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)));
DROP POLICY IF EXISTS "tenancy_admin" ON "attachments";
REVOKE ALL ON "attachments" FROM PUBLIC, "app";
GRANT SELECT, INSERT, UPDATE, DELETE ON "attachments" TO "app";
-- Partitions and inheritance children have no policies of themselves. They get the same, and no
-- privileges: their rows are reached through the parent.
DO $tenancy$
DECLARE
    granted CONSTANT text := '"app"';
    scoped CONSTANT text := '"app"';
    names CONSTANT text[] := ARRAY['tenancy_scope', 'tenancy_guard', 'tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete', 'tenancy_admin']::text[];
    name text;
    condition text;
    child record;
    policy record;
BEGIN
    FOR child IN
        WITH RECURSIVE tree (relation, condition) AS (
            SELECT parent::pg_catalog.regclass::oid, v.condition
            FROM (VALUES
                ('"comments"', E'"tenancy_child"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'),
                ('"attachments"', E'EXISTS (SELECT 1 FROM "comments" AS "tenancy_owner_0" WHERE "tenancy_owner_0"."id" = "tenancy_child"."comment_id" AND "tenancy_owner_0"."tenant_id" = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid))')
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
        EXECUTE pg_catalog.format(
            'REVOKE ALL ON %s FROM PUBLIC, %s', child.relation, granted);
        -- A foreign table cannot have policies. Without privileges it is reached through the parent.
        CONTINUE WHEN child.relkind = 'f';
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', child.relation);
        EXECUTE pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', child.relation);
        FOREACH name IN ARRAY names LOOP
            EXECUTE pg_catalog.format('DROP POLICY IF EXISTS %I ON %s', name, child.relation);
        END LOOP;
        condition := pg_catalog.replace(child.condition, '"tenancy_child"', pg_catalog.quote_ident(child.relname));
        FOR policy IN
            SELECT * FROM (VALUES
                ('tenancy_scope', 'PERMISSIVE', 'ALL', true, true),
                ('tenancy_guard', 'RESTRICTIVE', 'ALL', true, true)
            ) AS v (name, kind, command, has_using, has_check)
        LOOP
            EXECUTE pg_catalog.format(
                'CREATE POLICY %I ON %s AS %s FOR %s TO %s',
                policy.name, child.relation, policy.kind, policy.command, scoped
            ) || CASE WHEN policy.has_using THEN ' USING (' || condition || ')' ELSE '' END
            || CASE WHEN policy.has_check THEN ' WITH CHECK (' || condition || ')' ELSE '' END;
        END LOOP;
    END LOOP;
END
$tenancy$;
DO $tenancy$
DECLARE
    relation pg_catalog.regclass;
BEGIN
    FOR relation IN
        WITH RECURSIVE tree (relation) AS (
            SELECT t::oid FROM pg_catalog.unnest(ARRAY[
                '"tasks"'::pg_catalog.regclass,
                '"comments"'::pg_catalog.regclass
            ]) AS t
            UNION
            SELECT i.inhrelid
            FROM tree
            JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        )
        SELECT tree.relation::pg_catalog.regclass
        FROM tree
        WHERE EXISTS (
            SELECT FROM pg_catalog.pg_policy
            WHERE polrelid = tree.relation AND polname = ANY (ARRAY['tenancy_scope', 'tenancy_guard', 'tenancy_scope_select', 'tenancy_guard_select', 'tenancy_scope_insert', 'tenancy_guard_insert', 'tenancy_scope_update', 'tenancy_guard_update', 'tenancy_scope_delete', 'tenancy_guard_delete']::text[])
        )
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', relation);
    END LOOP;
END
$tenancy$;
SET LOCAL row_security TO DEFAULT;


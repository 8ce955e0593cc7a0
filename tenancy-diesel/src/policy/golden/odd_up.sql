-- Row-level security for the tables of the tenants. Run it as their owner.

-- Refuses to start where down.sql could not put back what was there.
DO $tenancy_$
DECLARE
    roles CONSTANT text[] := ARRAY[E'a"; DROP ROLE x; --''']::text[];
    problems text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(role), ', ') INTO problems
    FROM pg_catalog.unnest(roles) AS role
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role);
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles do not exist: %', problems
            USING HINT = 'The script of bootstrap_sql creates them.';
    END IF;

    WITH declared (relation, tenant_column, scoped, owner, owner_key) AS (
        VALUES
        (E'"a""b"."it''s $tenancy$ ""odd""; DROP TABLE x; --"'::pg_catalog.regclass, 'c"; DROP TABLE x; --', true, NULL::pg_catalog.regclass, NULL)
    ),
    tables AS (
        SELECT
            d.relation, d.tenant_column, d.scoped, d.owner, d.owner_key, c.relowner, c.relacl,
            c.relrowsecurity OR EXISTS (
                SELECT FROM pg_catalog.pg_policy WHERE polrelid = c.oid
            ) AS secured,
            EXISTS (
                SELECT FROM pg_catalog.pg_policy WHERE polrelid = c.oid AND polname = 'tenancy_scope'
            ) AS known
        FROM declared AS d
        JOIN pg_catalog.pg_class AS c ON c.oid = d.relation
    ),
    granted (relation, object, grantee) AS (
        SELECT t.relation, t.relation::text, a.grantee
        FROM tables AS t, pg_catalog.aclexplode(t.relacl) AS a
        WHERE NOT t.known AND (t.scoped OR a.grantee = 0 OR a.privilege_type <> 'SELECT')
        UNION
        SELECT t.relation, t.relation::text, a.grantee
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS c ON c.attrelid = t.relation,
            pg_catalog.aclexplode(c.attacl) AS a
        WHERE NOT t.known
        UNION
        SELECT t.relation, 'SEQUENCE ' || s.oid::pg_catalog.regclass::text, a.grantee
        FROM tables AS t
        JOIN pg_catalog.pg_depend AS d ON d.refobjid = t.relation AND d.deptype = 'a'
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S',
            pg_catalog.aclexplode(s.relacl) AS a
        WHERE NOT t.known
    ),
    findings (relation, finding) AS (
        SELECT relation, pg_catalog.format(
            '%I owns it, can become its owner, or is a superuser: let another role own it', role)
        FROM tables, pg_catalog.unnest(roles) AS role
        WHERE pg_catalog.pg_has_role(role::name, relowner, 'MEMBER')
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'rows without a tenant are possible: ALTER TABLE %s ALTER COLUMN %I SET NOT NULL',
            t.relation, t.tenant_column)
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS c ON c.attrelid = t.relation AND c.attname = t.tenant_column
        WHERE NOT c.attnotnull
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'ids of two tenants can be equal, because the collation of %I is not deterministic: '
            'ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE "C"',
            t.tenant_column, t.relation, t.tenant_column,
            pg_catalog.format_type(c.atttypid, c.atttypmod))
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS c ON c.attrelid = t.relation AND c.attname = t.tenant_column
        JOIN pg_catalog.pg_collation AS l ON l.oid = c.attcollation
        WHERE NOT l.collisdeterministic
        UNION ALL
        SELECT t.relation, pg_catalog.format(
            'two tenants could own a row, because %I of %s is not unique: ALTER TABLE %s ADD UNIQUE (%I)',
            t.owner_key, t.owner, t.owner, t.owner_key)
        FROM tables AS t
        JOIN pg_catalog.pg_attribute AS k ON k.attrelid = t.owner AND k.attname = t.owner_key
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_index AS i
            WHERE i.indrelid = t.owner AND i.indisunique AND i.indisvalid AND i.indimmediate
                AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = k.attnum
        )
        UNION ALL
        SELECT relation, 'it has row-level security of another origin: drop its policies and disable it'
        FROM tables
        WHERE scoped AND secured AND NOT known
        UNION ALL
        SELECT relation, pg_catalog.format(
            'there are privileges already: REVOKE ALL ON %s FROM %s', object,
            pg_catalog.string_agg(grantee_name, ', ' ORDER BY grantee_name))
        FROM granted, LATERAL (
            SELECT 'PUBLIC' WHERE grantee = 0
            UNION ALL
            SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles
            WHERE oid = grantee AND rolname = ANY (roles)
        ) AS named (grantee_name)
        GROUP BY relation, object
    )
    SELECT pg_catalog.string_agg(
        pg_catalog.format('%s: %s', relation, finding), E'\n' ORDER BY relation::text, finding
    ) INTO problems
    FROM findings;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION E'tenancy: down.sql could not put back what is there:\n%', problems
            USING HINT = 'Settle it at the beginning of this migration, or in one before.';
    END IF;
END
$tenancy_$;

-- odd: rows of the tenant in c"; DROP TABLE x; --
ALTER TABLE "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "tenancy_scope" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --";
CREATE POLICY "tenancy_scope" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" AS PERMISSIVE FOR ALL TO "a""; DROP ROLE x; --'"
    USING ("c""; DROP TABLE x; --" = (SELECT nullif(current_setting(E'app.t''; DROP TABLE x; --', true), '')::text))
    WITH CHECK ("c""; DROP TABLE x; --" = (SELECT nullif(current_setting(E'app.t''; DROP TABLE x; --', true), '')::text));
DROP POLICY IF EXISTS "tenancy_guard" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --";
CREATE POLICY "tenancy_guard" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" AS RESTRICTIVE FOR ALL TO "a""; DROP ROLE x; --'"
    USING ("c""; DROP TABLE x; --" = (SELECT nullif(current_setting(E'app.t''; DROP TABLE x; --', true), '')::text))
    WITH CHECK ("c""; DROP TABLE x; --" = (SELECT nullif(current_setting(E'app.t''; DROP TABLE x; --', true), '')::text));
DROP POLICY IF EXISTS "tenancy_admin" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --";
REVOKE ALL ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" FROM PUBLIC, "a""; DROP ROLE x; --'";
GRANT SELECT, INSERT, UPDATE, DELETE ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" TO "a""; DROP ROLE x; --'";
ALTER TABLE "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" DROP CONSTRAINT IF EXISTS "tenancy_it's $tenancy$ ""odd""; DROP TABLE x; --_tenant_check";
ALTER TABLE "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" ADD CONSTRAINT "tenancy_it's $tenancy$ ""odd""; DROP TABLE x; --_tenant_check" CHECK ("c""; DROP TABLE x; --" <> '');
-- On a large table, create this index CONCURRENTLY beforehand, under this name.
CREATE INDEX IF NOT EXISTS "tenancy_it's $tenancy$ ""odd""; DROP TABLE x; --_tenant_idx" ON "a""b"."it's $tenancy$ ""odd""; DROP TABLE x; --" ("c""; DROP TABLE x; --", "id");

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
        EXECUTE pg_catalog.format('GRANT USAGE ON SEQUENCE %s TO %I', sequence, E'a"; DROP ROLE x; --''');
    END LOOP;
END
$tenancy_$;

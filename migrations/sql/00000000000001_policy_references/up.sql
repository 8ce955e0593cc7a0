-- The canonical policies, on tables that exist for nothing else.
--
-- PostgreSQL keeps a policy as a parsed tree, and the text that pg_get_expr makes of it depends on
-- the version of the server. Who judges a live policy therefore compares two texts of one server:
-- that of the live policy and that of the policy with the same name on a table from here. That
-- writes nothing, so it works on a standby, and it reads only the catalog, for which no privilege is
-- needed. (Look the tables up in pg_class and pg_namespace: a cast to regclass asks for USAGE on the
-- schema.)
--
--   tenancy.reference_<type>              owned by tenant_id; without a tenant: no rows
--   tenancy.reference_<type>_strict       the same; without a tenant: an error
--   tenancy.reference_<type>_via          owned through reference_<type>; no rows
--   tenancy.reference_<type>_via_strict   the same; an error
--
-- The session variable is the default one. An application may name another: the comparison puts its
-- name for the constant 'app.tenant_id'::text, as it puts the application's tables and columns for
-- the ones here. A reference for each variable would have to be created for each application, and
-- the same migration would then leave a different schema in each database.
DO $$
DECLARE
    reference record;
BEGIN
    FOR reference IN
        SELECT
            format('tenancy.reference_%s%s%s', tenant_type, path.suffix, missing.suffix) AS relation,
            format(path.columns, tenant_type) AS columns,
            format(path.condition, tenant_type, format(missing.tenant, tenant_type)) AS condition
        FROM unnest(ARRAY['uuid', 'int4', 'int8', 'text']) AS tenant_type
        CROSS JOIN (VALUES
            (
                1,
                '',
                'id bigint NOT NULL, tenant_id %1$s NOT NULL',
                'tenant_id = %2$s'
            ),
            (
                2,
                '_via',
                'owner_id bigint NOT NULL',
                'EXISTS (SELECT 1 FROM tenancy.reference_%1$s AS tenancy_owner_0'
                ' WHERE tenancy_owner_0.id = owner_id AND tenancy_owner_0.tenant_id = %2$s)'
            )
        ) AS path (step, suffix, columns, condition)
        CROSS JOIN (VALUES
            ('', $q$(SELECT nullif(current_setting('app.tenant_id', true), '')::%s)$q$),
            ('_strict', $q$(SELECT current_setting('app.tenant_id')::%s)$q$)
        ) AS missing (suffix, tenant)
        ORDER BY path.step
    LOOP
        EXECUTE format('CREATE TABLE %s (%s)', reference.relation, reference.columns);
        EXECUTE format('COMMENT ON TABLE %s IS %L', reference.relation,
            'Always empty. Its policies are what live policies are compared with.');
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', reference.relation);
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', reference.relation);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', reference.relation);
        EXECUTE format('CREATE POLICY tenancy_scope ON %s AS PERMISSIVE FOR ALL'
            ' USING (%s) WITH CHECK (%2$s)', reference.relation, reference.condition);
        EXECUTE format('CREATE POLICY tenancy_guard ON %s AS RESTRICTIVE FOR ALL'
            ' USING (%s) WITH CHECK (%2$s)', reference.relation, reference.condition);
    END LOOP;
END
$$;

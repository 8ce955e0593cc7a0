-- The sealed tenant variable: policies that take the tenant from a value that only the application can make.
--
-- A variable of the session can be set by any SQL in it. A sealed value holds the tenant, an expiry, the
-- name of a key and an HMAC-SHA256 over them; tenancy.sealed_tenant gives the tenant of a value that is in
-- order, and raises an error for any other. Whoever reads tenancy.sealing_keys can make values for every
-- tenant, so no role but the owner has a privilege on it.

CREATE TABLE tenancy.sealing_keys (
    id         text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    -- The key in the two forms in which HMAC hashes it, so that no statement has to make them.
    inner_pad  bytea CHECK (octet_length(inner_pad) = 64),
    outer_pad  bytea CHECK (octet_length(outer_pad) = 64),
    -- A retired key keeps its name, so that no other key gets it, and nothing else.
    CONSTRAINT sealing_keys_are_whole_or_retired CHECK (
        num_nulls(inner_pad, outer_pad) = CASE WHEN retired_at IS NULL THEN 0 ELSE 2 END
    )
);
COMMENT ON TABLE tenancy.sealing_keys IS
    'Who reads it can name any tenant to the policies. The application must not.';
REVOKE ALL ON tenancy.sealing_keys FROM PUBLIC;

-- Nothing in the body depends on settings of the session: names are found in pg_catalog alone, there is no
-- backslash and no text of a date. It begins no subtransaction, so that parallel workers can run it.
CREATE FUNCTION tenancy.sealed_tenant(variable text, strict boolean) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    sealed CONSTANT text := current_setting(variable, true);
    part record;
BEGIN
    -- s1.<key>.<expiry>.<HMAC in hexadecimal>.<tenant>
    IF (left(sealed, 3) = 's1.' AND octet_length(sealed) <= 1024) IS NOT TRUE THEN
        -- After a transaction-local setting the variable is the empty text for the rest of the session.
        IF sealed IS NOT NULL AND sealed <> '' THEN
            RAISE EXCEPTION 'tenancy: the sealed tenant is refused: not sealed'
                USING ERRCODE = 'insufficient_privilege';
        ELSIF strict THEN
            RAISE EXCEPTION 'tenancy: the session has no tenant' USING ERRCODE = 'undefined_object';
        END IF;
        RETURN NULL;
    END IF;

    -- One statement for all that there is to take apart: each expression of PL/pgSQL is prepared anew in
    -- each transaction.
    SELECT k.inner_pad AS inner_key, k.outer_pad AS outer_key, k.id AS key_id,
        split_part(sealed, '.', 3) AS expiry, split_part(sealed, '.', 4) AS given,
        substr(sealed, 7 + length(split_part(sealed, '.', 2)) + length(split_part(sealed, '.', 3))
            + length(split_part(sealed, '.', 4))) AS tenant
    INTO part
    FROM tenancy.sealing_keys AS k
    WHERE k.id = split_part(sealed, '.', 2) AND k.retired_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'tenancy: the sealed tenant is refused: unknown key'
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    -- A comparison of bytes ends at the first difference, and its time would tell how much was guessed
    -- right. The times of these hashes tell nothing, because nobody can foresee them.
    IF sha256(part.outer_key || convert_to(part.given, 'UTF8'))
        <> sha256(part.outer_key || convert_to(encode(
            sha256(part.outer_key || sha256(part.inner_key || convert_to(
                concat('tenancy sealed tenant', chr(10), variable, chr(10),
                    part.key_id, '.', part.expiry, '.', part.tenant),
                'UTF8'))), 'hex'), 'UTF8'))
    THEN
        RAISE EXCEPTION 'tenancy: the sealed tenant is refused: forged'
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    -- A transaction that began in time may last longer.
    IF part.expiry::float8 < date_part('epoch', transaction_timestamp())
        OR part.expiry::float8 > date_part('epoch', clock_timestamp()) + 3600
    THEN
        RAISE EXCEPTION 'tenancy: the sealed tenant is refused: %',
            CASE WHEN part.expiry::float8 < date_part('epoch', transaction_timestamp())
                THEN 'expired' ELSE 'valid for too long' END
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN part.tenant;
END
$function$;
COMMENT ON FUNCTION tenancy.sealed_tenant(text, boolean) IS
    'The tenant of the sealed value in a variable of the session. Sealed policies read it.';
REVOKE ALL ON FUNCTION tenancy.sealed_tenant(text, boolean) FROM PUBLIC;

-- The canonical sealed policies, beside those of the first migration.
--
--   tenancy.reference_<type>_sealed             owned by tenant_id; without a tenant: no rows
--   tenancy.reference_<type>_sealed_strict      the same; without a tenant: an error
--   tenancy.reference_<type>_via_sealed         owned through reference_<type>_sealed; no rows
--   tenancy.reference_<type>_via_sealed_strict  the same; an error
DO $$
DECLARE
    reference record;
BEGIN
    FOR reference IN
        SELECT
            format('tenancy.reference_%s%s_sealed%s', tenant_type, path.suffix, missing.suffix) AS relation,
            format(path.columns, tenant_type) AS columns,
            format(path.condition, tenant_type,
                format('(SELECT tenancy.sealed_tenant(''app.tenant_id'', %s)::%s)',
                    missing.strict, tenant_type)) AS condition
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
                'EXISTS (SELECT 1 FROM tenancy.reference_%1$s_sealed AS tenancy_owner_0'
                ' WHERE tenancy_owner_0.id = owner_id AND tenancy_owner_0.tenant_id = %2$s)'
            )
        ) AS path (step, suffix, columns, condition)
        CROSS JOIN (VALUES ('', 'false'), ('_strict', 'true')) AS missing (suffix, strict)
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

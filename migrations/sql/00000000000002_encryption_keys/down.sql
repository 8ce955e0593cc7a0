-- Without their keys the encrypted values of all tenants are lost, so the tables go only when they are
-- empty. The type goes only when no column has it.
LOCK TABLE tenancy.tenancy_kek, tenancy.tenancy_keys IN ACCESS EXCLUSIVE MODE;
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenancy.tenancy_kek) THEN
        RAISE EXCEPTION 'tenancy: the key tables are not empty; dropping them would destroy all that is encrypted'
            USING HINT = 'If that is what you want: TRUNCATE tenancy.tenancy_kek, tenancy.tenancy_keys';
    END IF;
END
$$;
DROP TABLE tenancy.tenancy_keys, tenancy.tenancy_kek;
DROP DOMAIN tenancy.tenancy_encrypted;

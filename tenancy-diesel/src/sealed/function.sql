
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


DECLARE
    sealed CONSTANT text := current_setting(variable, true);
    key_id text;
    expiry text;
    given text;
    tenant text;
    inner_key bytea;
    outer_key bytea;
    made text;
BEGIN
    -- After a transaction-local setting the variable is the empty text for the rest of the session.
    IF sealed IS NULL OR sealed = '' THEN
        IF strict THEN
            RAISE EXCEPTION 'tenancy: the session has no tenant' USING ERRCODE = 'undefined_object';
        END IF;
        RETURN NULL;
    END IF;

    -- s1.<key>.<expiry>.<HMAC in hexadecimal>.<tenant>
    IF octet_length(sealed) > 1024 OR left(sealed, 3) <> 's1.' THEN
        RAISE EXCEPTION 'tenancy: the sealed tenant is refused: not sealed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    key_id := split_part(sealed, '.', 2);
    expiry := split_part(sealed, '.', 3);
    given := split_part(sealed, '.', 4);
    tenant := substr(sealed, 7 + length(key_id) + length(expiry) + length(given));

    SELECT k.inner_pad, k.outer_pad INTO inner_key, outer_key
    FROM tenancy.sealing_keys AS k
    WHERE k.id = key_id AND k.retired_at IS NULL;
    IF inner_key IS NULL OR outer_key IS NULL THEN
        RAISE EXCEPTION 'tenancy: the sealed tenant is refused: unknown key'
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    made := encode(sha256(outer_key || sha256(inner_key || convert_to(
        concat('tenancy sealed tenant', chr(10), variable, chr(10), key_id, '.', expiry, '.', tenant),
        'UTF8'))), 'hex');
    -- A comparison of bytes ends at the first difference, and its time would tell how much was guessed
    -- right. The times of these two tell of hashes that nobody can foresee.
    IF sha256(outer_key || convert_to(made, 'UTF8')) <> sha256(outer_key || convert_to(given, 'UTF8')) THEN
        RAISE EXCEPTION 'tenancy: the sealed tenant is refused: forged'
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    -- A transaction that began in time may last longer.
    IF expiry::float8 < date_part('epoch', transaction_timestamp()) THEN
        RAISE EXCEPTION 'tenancy: the sealed tenant is refused: expired'
            USING ERRCODE = 'insufficient_privilege';
    ELSIF expiry::float8 > date_part('epoch', clock_timestamp()) + 3600 THEN
        RAISE EXCEPTION 'tenancy: the sealed tenant is refused: valid for too long'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN tenant;
END

-- The records are evidence, and after a restore they say what has to be erased again. So they go only when
-- there are none.
LOCK TABLE tenancy.erasures IN ACCESS EXCLUSIVE MODE;
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenancy.erasures) THEN
        RAISE EXCEPTION 'tenancy: there are records of erasures; dropping their table would destroy them'
            USING HINT = 'Keep a copy first. If that is what you want: TRUNCATE tenancy.erasures';
    END IF;
END
$$;
DROP TABLE tenancy.erasures;

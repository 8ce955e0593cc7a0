-- The records are evidence, so they go only when there are none.
LOCK TABLE tenancy.crossings IN ACCESS EXCLUSIVE MODE;
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenancy.crossings) THEN
        RAISE EXCEPTION 'tenancy: there are records of crossings; dropping their table would destroy them'
            USING HINT = 'Keep a copy first. If that is what you want: TRUNCATE tenancy.crossings';
    END IF;
END
$$;
DROP TABLE tenancy.crossings;

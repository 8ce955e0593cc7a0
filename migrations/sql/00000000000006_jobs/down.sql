-- What waits would be lost, so the tables go only when nothing does.
LOCK TABLE tenancy.jobs IN ACCESS EXCLUSIVE MODE;
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenancy.jobs) THEN
        RAISE EXCEPTION 'tenancy: there are jobs; dropping their table would lose them'
            USING HINT = 'Let the workers run them first. If that is what you want: TRUNCATE tenancy.jobs';
    END IF;
END
$$;
DROP TABLE tenancy.jobs, tenancy.jobs_done;

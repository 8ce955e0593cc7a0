-- Jobs of tenants that wait to be run, sealed under the keys of their tenant. This is no table of a tenant and has
-- no policies: the application adds rows and does nothing else with them, and a role of their own runs them.
--
-- Whoever adds a row writes its envelope. Whose job it is, which one, of what kind and when it is due is read from
-- the envelope by the database, so a row cannot say anything else than its envelope: a job that is run or
-- erased is found by what the worker then authenticates.
CREATE TABLE tenancy.jobs (
    envelope    bytea NOT NULL
        CONSTRAINT jobs_hold_envelopes CHECK (
            get_byte(envelope, 0) = 250 AND get_byte(envelope, 1) = 1
            AND octet_length(envelope)
                BETWEEN 116 + get_byte(envelope, 34) + get_byte(envelope, 35) AND 1048948
        ),
    id          uuid NOT NULL GENERATED ALWAYS AS (
        encode(substring(envelope FROM 3 FOR 16), 'hex')::uuid
    ) STORED PRIMARY KEY,
    kind        text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
        encode(substring(envelope FROM 37 FOR get_byte(envelope, 34)), 'escape')
    ) STORED
        CONSTRAINT jobs_have_a_kind CHECK (kind ~ '^[a-z0-9._-]{1,64}$'),
    -- The canonical text of the tenant, in UTF-8.
    tenant      bytea NOT NULL GENERATED ALWAYS AS (
        substring(envelope FROM 37 + get_byte(envelope, 34) FOR get_byte(envelope, 35))
    ) STORED
        CONSTRAINT jobs_have_a_tenant CHECK (octet_length(tenant) BETWEEN 1 AND 128),
    expires_at  timestamptz GENERATED ALWAYS AS (
        to_timestamp(nullif(
            ('x' || encode(substring(envelope FROM 27 FOR 8), 'hex'))::bit(64)::int8, 0
        )::float8 / 1000)
    ) STORED,
    enqueued_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    -- Nobody else takes the job before: a worker has it, or it is to be tried again.
    held_until  timestamptz NOT NULL DEFAULT '-infinity',
    due_at      timestamptz NOT NULL GENERATED ALWAYS AS (
        greatest(held_until, to_timestamp(
            ('x' || encode(substring(envelope FROM 19 FOR 8), 'hex'))::bit(64)::int8::float8 / 1000
        ))
    ) STORED,
    -- Which worker has it.
    holder      uuid,
    attempts    int4 NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Why the last attempt failed. Without values.
    failure     text CHECK (octet_length(failure) <= 512),
    -- A dead letter: not run any more.
    dead_at     timestamptz
);
CREATE INDEX jobs_by_tenant_and_time ON tenancy.jobs (tenant, due_at) WHERE dead_at IS NULL;
CREATE INDEX jobs_that_are_dead ON tenancy.jobs (dead_at, tenant) WHERE dead_at IS NOT NULL;
COMMENT ON TABLE tenancy.jobs IS
    'Jobs of tenants that wait to be run, sealed under the keys of their tenant.';

-- Jobs that were run, so that a copy of an envelope is not run again.
CREATE TABLE tenancy.jobs_done (
    id        uuid PRIMARY KEY,
    tenant    bytea NOT NULL CHECK (octet_length(tenant) BETWEEN 1 AND 128),
    -- When its envelope expires; without an expiry it is remembered for as long as somebody decides.
    expires_at timestamptz,
    done_at   timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX jobs_done_by_tenant ON tenancy.jobs_done (tenant);
CREATE INDEX jobs_done_by_time ON tenancy.jobs_done (done_at);
COMMENT ON TABLE tenancy.jobs_done IS
    'Jobs that were run, so that a copy of an envelope is not run again.';

REVOKE ALL ON tenancy.jobs, tenancy.jobs_done FROM PUBLIC;

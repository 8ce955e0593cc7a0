-- Which tenants were erased, when, by whom and how far it came. Rows are added and never changed.
--
-- An eraser writes what it knows. When, as which role, from where and under which name of a program is filled
-- in by the database: an eraser has no privilege on those columns. It reads the table to go on where an
-- erasure was cut off. The application's role has no privilege on it, since it names erased tenants.
CREATE TABLE tenancy.erasures (
    id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    client      inet DEFAULT pg_catalog.inet_client_addr(),
    -- What belongs together: one erasure, however often it was cut off.
    erasure     uuid NOT NULL,
    tenant      text COLLATE "C" NOT NULL CHECK (octet_length(tenant) BETWEEN 1 AND 128),
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('begin', 'step', 'finish')),
    -- Of a beginning: who asked for it, and why.
    actor       text CHECK (octet_length(actor) BETWEEN 1 AND 256),
    reason      text CHECK (octet_length(reason) BETWEEN 1 AND 2000),
    -- Of a step: what was done to what, how much, and when that began. Batches are a row each.
    step        text COLLATE "C" CHECK (step IN ('rows', 'anonymised', 'target', 'keys')),
    name        text COLLATE "C" CHECK (octet_length(name) BETWEEN 1 AND 256),
    items       int8 CHECK (items >= 0),
    bytes       int8 CHECK (bytes >= 0),
    started_at  timestamptz,
    -- Of the end: the whole of it, as JSON.
    report      text,
    CONSTRAINT erasures_are_whole CHECK (
        num_nonnulls(actor, reason) = CASE WHEN kind = 'begin' THEN 2 ELSE 0 END
        AND num_nonnulls(step, name, items, started_at) = CASE WHEN kind = 'step' THEN 4 ELSE 0 END
        AND (bytes IS NULL OR kind = 'step')
        AND (report IS NOT NULL) = (kind = 'finish')
    )
);
CREATE INDEX erasures_by_tenant ON tenancy.erasures (tenant, id);
CREATE INDEX erasures_by_erasure ON tenancy.erasures (erasure, id);
-- Two runs of one erasure have one beginning and one end.
CREATE UNIQUE INDEX erasures_begin_once ON tenancy.erasures (erasure) WHERE kind = 'begin';
CREATE UNIQUE INDEX erasures_finish_once ON tenancy.erasures (erasure) WHERE kind = 'finish';
COMMENT ON TABLE tenancy.erasures IS
    'Which tenants were erased, when and by whom. Rows are added and never changed.';

REVOKE ALL ON tenancy.erasures FROM PUBLIC;

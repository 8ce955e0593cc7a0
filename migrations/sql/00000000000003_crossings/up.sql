-- Who has read the rows of all tenants, when and why. Rows are added and never changed.
--
-- A recorder writes what it knows. When, as which role, from where and under which name of a program is
-- filled in by the database: a recorder has no privilege on those columns.
CREATE TABLE tenancy.crossings (
    id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The time of the record itself, also where the transaction began earlier.
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    client      inet DEFAULT pg_catalog.inet_client_addr(),
    -- What belongs together: one opening, and what was run through it.
    opening     uuid NOT NULL,
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('open', 'read', 'scope')),
    actor       text NOT NULL CHECK (octet_length(actor) BETWEEN 1 AND 256),
    reason      text NOT NULL CHECK (octet_length(reason) BETWEEN 1 AND 2000),
    reader      text NOT NULL,
    -- Without bind values.
    statement   text,
    tenant      text COLLATE "C",
    CONSTRAINT crossings_say_what_was_run CHECK (
        (kind = 'read') = (statement IS NOT NULL) AND (kind = 'scope') = (tenant IS NOT NULL)
    )
);
CREATE INDEX crossings_by_opening ON tenancy.crossings (opening);
COMMENT ON TABLE tenancy.crossings IS
    'Who has read the rows of all tenants, when and why. Rows are added and never changed.';

REVOKE ALL ON tenancy.crossings FROM PUBLIC;

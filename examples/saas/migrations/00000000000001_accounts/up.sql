-- Who people are. An account can belong to several organisations, so it belongs to no tenant, and these
-- tables are in a schema that the application's role cannot read. What has to be known before a tenant is known
-- goes through the few functions below: each answers one question, about one address or one session.

CREATE SCHEMA accounts;

CREATE TABLE accounts.users (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email         text NOT NULL CHECK (email = lower(email)) UNIQUE,
    name          text NOT NULL,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- A cookie holds a random token, this table its hash: who reads a backup cannot sign in with it.
CREATE TABLE accounts.sessions (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES accounts.users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

CREATE INDEX ON accounts.sessions (user_id);

-- Three indexes of rows that tenants own. Triggers on the tenants' tables keep them, so that erasing an
-- organisation's rows empties these too. The slug of an organisation is unique among all of them.
CREATE TABLE accounts.addresses (
    slug            text PRIMARY KEY,
    organisation_id uuid NOT NULL UNIQUE,
    name            text NOT NULL
);

CREATE TABLE accounts.memberships (
    user_id         uuid NOT NULL REFERENCES accounts.users ON DELETE CASCADE,
    organisation_id uuid NOT NULL,
    PRIMARY KEY (user_id, organisation_id)
);

CREATE TABLE accounts.invitations (
    token_hash      bytea PRIMARY KEY,
    organisation_id uuid NOT NULL,
    expires_at      timestamptz NOT NULL
);

-- The account at an address, for the comparison of a password.
CREATE FUNCTION accounts.credentials(address text)
    RETURNS TABLE (user_id uuid, password_hash text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT u.id, u.password_hash FROM accounts.users AS u WHERE u.email = lower($1)';

-- A new account, or NULL where the address has one.
CREATE FUNCTION accounts.sign_up(address text, name text, password_hash text) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'INSERT INTO accounts.users (email, name, password_hash) VALUES (lower($1), $2, $3)
    ON CONFLICT (email) DO NOTHING RETURNING id';

-- Expired sessions of the account go when a new one comes.
CREATE FUNCTION accounts.open_session(token_hash bytea, user_id uuid, seconds float8) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'DELETE FROM accounts.sessions AS s WHERE s.user_id = $2 AND s.expires_at <= now();
    INSERT INTO accounts.sessions (token_hash, user_id, expires_at)
    VALUES ($1, $2, now() + make_interval(secs => $3))';

CREATE FUNCTION accounts.close_session(token_hash bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'DELETE FROM accounts.sessions AS s WHERE s.token_hash = $1';

-- Who holds a session.
CREATE FUNCTION accounts.signed_in(token_hash bytea)
    RETURNS TABLE (user_id uuid, name text, email text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT u.id, u.name, u.email
    FROM accounts.sessions AS s JOIN accounts.users AS u ON u.id = s.user_id
    WHERE s.token_hash = $1 AND s.expires_at > now()';

-- The organisations of whoever holds a session.
CREATE FUNCTION accounts.organisations(token_hash bytea)
    RETURNS TABLE (slug text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT a.slug, a.name
    FROM accounts.sessions AS s
    JOIN accounts.memberships AS m ON m.user_id = s.user_id
    JOIN accounts.addresses AS a ON a.organisation_id = m.organisation_id
    WHERE s.token_hash = $1 AND s.expires_at > now()
    ORDER BY a.name';

-- The organisation at a slug, for a member of it. Nobody else learns whether there is one.
CREATE FUNCTION accounts.entry(token_hash bytea, slug text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT a.organisation_id
    FROM accounts.sessions AS s
    JOIN accounts.memberships AS m ON m.user_id = s.user_id
    JOIN accounts.addresses AS a ON a.organisation_id = m.organisation_id
    WHERE s.token_hash = $1 AND s.expires_at > now() AND a.slug = $2';

-- The organisation that an invitation leads to.
CREATE FUNCTION accounts.invited(token_hash bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT i.organisation_id FROM accounts.invitations AS i
    WHERE i.token_hash = $1 AND i.expires_at > now()';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA accounts FROM PUBLIC;
GRANT USAGE ON SCHEMA accounts TO saas_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA accounts TO saas_app;

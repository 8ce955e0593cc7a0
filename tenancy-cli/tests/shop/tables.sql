-- The tables of schema.rs, with two tenants.
CREATE TABLE merchants (id text PRIMARY KEY CHECK (id <> ''), name text NOT NULL);
CREATE TABLE countries (code text PRIMARY KEY);
CREATE TABLE projects (
    merchant_id text NOT NULL REFERENCES merchants,
    id          int4 NOT NULL,
    name        text NOT NULL,
    budget      numeric NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
CREATE INDEX projects_name ON projects (name text_pattern_ops);
CREATE INDEX projects_lower_name ON projects (lower(name));
CREATE INDEX projects_budget ON projects (budget);
CREATE TABLE accounts (
    merchant_id text NOT NULL REFERENCES merchants,
    id          int4 NOT NULL,
    api_key     tenancy.tenancy_encrypted,
    plain_pin   int4,
    pin         tenancy.tenancy_encrypted,
    PRIMARY KEY (merchant_id, id)
);
INSERT INTO merchants VALUES ('acme', 'Acme'), ('globex', 'Globex');
INSERT INTO countries VALUES ('de');
INSERT INTO projects
    SELECT merchant, n, 'project ' || n, n FROM generate_series(1, 5000) AS n,
        (VALUES ('acme'), ('globex')) AS m (merchant);
INSERT INTO accounts (merchant_id, id, plain_pin)
    SELECT merchant, n, n FROM generate_series(1, 500) AS n,
        (VALUES ('acme'), ('globex')) AS m (merchant);
ANALYZE;

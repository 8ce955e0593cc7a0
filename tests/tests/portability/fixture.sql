-- Whatever makes it hard to take a tenant's rows out and to bring them in elsewhere: foreign keys in a circle and
-- to the table itself, rows owned through another table, keys that are unique without the tenant, columns of all
-- kinds, generated ones among them, encrypted ones with a blind index, and odd names.
CREATE SCHEMA billing;
CREATE TYPE status AS ENUM ('open', 'done');
-- The application's role cannot name what is in it.
CREATE SCHEMA tenancy;
CREATE DOMAIN tenancy.tenancy_encrypted AS bytea
    CHECK (octet_length(VALUE) >= 80 AND get_byte(VALUE, 0) = 249);

CREATE TABLE countries (code text PRIMARY KEY);

CREATE TABLE organisations (
    id   uuid PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE people (
    tenant_id   uuid NOT NULL REFERENCES organisations,
    id          int4 NOT NULL,
    team_id     int4 NOT NULL,
    parent_id   int4,
    name        text NOT NULL,
    country     text REFERENCES countries,
    email       tenancy.tenancy_encrypted,
    email_index bytea,
    pin         bytea,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_index),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES people
);

CREATE TABLE teams (
    tenant_id uuid NOT NULL REFERENCES organisations,
    id        int4 NOT NULL,
    lead_id   int4,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, lead_id) REFERENCES people
);
ALTER TABLE people ADD FOREIGN KEY (tenant_id, team_id) REFERENCES teams;

CREATE TABLE things (
    tenant_id     uuid NOT NULL REFERENCES organisations,
    id            int4 GENERATED ALWAYS AS IDENTITY,
    "odd ""name"  text,
    flag          bool,
    small         int2,
    big           int8,
    doubled       int8 GENERATED ALWAYS AS (big * 2) STORED,
    amount        numeric(12, 2),
    ratio         float8,
    short         varchar(5),
    fixed         char(3),
    raw           bytea,
    status        status NOT NULL DEFAULT 'open',
    sponsor       uuid REFERENCES organisations,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE moments (
    tenant_id uuid NOT NULL REFERENCES organisations,
    at        timestamptz NOT NULL,
    day       date,
    span      interval,
    data      jsonb,
    tags      text[],
    address   inet,
    span_of   int4range,
    PRIMARY KEY (tenant_id, at)
);

CREATE TABLE documents (
    tenant_id uuid NOT NULL REFERENCES organisations,
    id        int4 NOT NULL UNIQUE,
    title     text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE files (
    id          int4 PRIMARY KEY,
    document_id int4 NOT NULL REFERENCES documents (id),
    name        text NOT NULL
);

-- Its foreign key does not carry the tenant, so PostgreSQL takes a document of anybody.
CREATE TABLE notes (
    tenant_id   uuid NOT NULL REFERENCES organisations,
    id          int4 NOT NULL,
    document_id int4 REFERENCES documents (id),
    body        text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE settings (
    tenant_id uuid PRIMARY KEY REFERENCES organisations,
    theme     text
);

CREATE TABLE legacy_events (
    id        int4 PRIMARY KEY,
    tenant_id uuid
);

CREATE TABLE billing.people (
    customer uuid NOT NULL REFERENCES organisations,
    id       int4 NOT NULL,
    cents    int8 NOT NULL,
    PRIMARY KEY (customer, id)
);
INSERT INTO countries VALUES ('de'), ('fr');

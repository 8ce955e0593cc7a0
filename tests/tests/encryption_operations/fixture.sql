-- Encrypted columns under keys of every kind: int4, uuid, text, composite ones, a key that is the tenant, a
-- table that is owned through another, and a second PostgreSQL schema with a table of the same name.
CREATE SCHEMA vault;
CREATE DOMAIN tenancy_encrypted AS bytea
    CHECK (octet_length(VALUE) >= 80 AND get_byte(VALUE, 0) = 249);

CREATE TABLE accounts (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    api_key   bytea NOT NULL,
    note      bytea,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE devices (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL,
    token     tenancy_encrypted NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE people (
    tenant_id   uuid NOT NULL,
    name        text NOT NULL COLLATE "C",
    plain_email text,
    plain_pin   int4,
    plain_photo bytea,
    email       tenancy_encrypted,
    email_index bytea,
    pin         bytea,
    photo       bytea,
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE readings (
    tenant_id uuid NOT NULL,
    place     text NOT NULL,
    at        timestamptz NOT NULL,
    number    int8 NOT NULL,
    value     bytea NOT NULL,
    PRIMARY KEY (tenant_id, place, at, number)
);

CREATE TABLE settings (
    tenant_id uuid PRIMARY KEY,
    secret    bytea
);

-- A document's id is unique across tenants, so that a page can point to it without a tenant.
CREATE TABLE documents (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL UNIQUE,
    title     text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE pages (
    document_id int4 NOT NULL REFERENCES documents (id),
    number      int4 NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (document_id, number)
);

CREATE TABLE vault.accounts (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    secret    bytea NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

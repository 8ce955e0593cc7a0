-- More tables with encrypted columns: nullable ones, one beside an enum, two that are joined.
CREATE TYPE grade AS ENUM ('open', 'secret');

CREATE TABLE letters (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    topic     text NOT NULL DEFAULT '',
    grade     grade NOT NULL DEFAULT 'open',
    body      tenancy.tenancy_encrypted NOT NULL,
    note      tenancy.tenancy_encrypted,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE stamps (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    letter_id int4 NOT NULL,
    mark      tenancy.tenancy_encrypted NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, letter_id) REFERENCES letters
);

CREATE TABLE contacts (
    tenant_id   uuid NOT NULL,
    id          int4 NOT NULL,
    email       tenancy.tenancy_encrypted,
    email_index bytea,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_index)
);

-- Tables with the column types that the test schema has not, one for each family of functions.
CREATE TABLE arrays (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    numbers   int4[] NOT NULL,
    others    int4[] NOT NULL,
    words     text[] NOT NULL,
    maybe     int4[],
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE ranges (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    span      int4range NOT NULL,
    other     int4range NOT NULL,
    spans     int4multirange NOT NULL,
    others    int4multirange NOT NULL,
    maybe     int4range,
    amount    int4 NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE documents_of_json (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    body      jsonb NOT NULL,
    patch     jsonb NOT NULL,
    list      jsonb NOT NULL,
    plain     json NOT NULL,
    plain_list json NOT NULL,
    maybe     jsonb,
    keys      text[] NOT NULL,
    texts     text[] NOT NULL,
    text      text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE hosts (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    address   inet NOT NULL,
    other     inet NOT NULL,
    net       cidr NOT NULL,
    maybe     inet,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE samples (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    name      text NOT NULL,
    note      text,
    flag      bool NOT NULL,
    maybe     bool,
    small     int2 NOT NULL,
    amount    int4 NOT NULL,
    maybe_amount int4,
    big       int8 NOT NULL,
    ratio     float8 NOT NULL,
    price     numeric NOT NULL,
    data      bytea NOT NULL,
    more_data bytea NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE moments (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    at        timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    local     timestamp NOT NULL,
    local_until timestamp NOT NULL,
    day       date NOT NULL,
    hour      time NOT NULL,
    length    interval NOT NULL,
    maybe     timestamptz,
    PRIMARY KEY (tenant_id, id)
);

-- A unique key of some rows.
CREATE UNIQUE INDEX ON documents (tenant_id, title) WHERE title <> '';

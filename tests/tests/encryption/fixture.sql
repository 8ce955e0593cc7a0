-- The database of the tests of encryption. The type of the encrypted columns comes from the migrations
-- of the library.
CREATE TABLE accounts (
    tenant_id uuid NOT NULL,
    id        int4 NOT NULL,
    name      text NOT NULL,
    api_key   tenancy.tenancy_encrypted NOT NULL,
    recovery  tenancy.tenancy_encrypted,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE logins (
    tenant_id  uuid NOT NULL,
    id         int4 NOT NULL,
    account_id int4 NOT NULL,
    secret     tenancy.tenancy_encrypted NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts ON DELETE CASCADE
);

CREATE TABLE people (
    tenant_id   uuid NOT NULL,
    id          int4 NOT NULL,
    email       tenancy.tenancy_encrypted NOT NULL,
    email_index bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_index)
);

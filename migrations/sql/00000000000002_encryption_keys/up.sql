-- The wrapped keys of tenants, and the type of encrypted columns.
--
-- A tenant has one row in tenancy_kek, which stays for good, and one in tenancy_keys for each of its
-- keys. Nothing here is secret without the root key, but it decides whether the data can be read:
-- deleting it destroys the data. The application's role has no privilege on the two tables.
--
-- The constraints refuse what no release of the library writes. What is weak or forged is not theirs
-- to judge: the library holds every column to be untrusted, and has the limits of Argon2id in one
-- place.

-- The least that an encrypted value has: 80 bytes, of which the first occurs in no UTF-8 text. A column
-- of this type holds no plaintext. `diesel print-schema` writes Bytea for it, unless it is told to keep
-- domains.
CREATE DOMAIN tenancy.tenancy_encrypted AS bytea
    CONSTRAINT tenancy_encrypted_is_an_envelope
    CHECK (octet_length(VALUE) >= 80 AND get_byte(VALUE, 0) = 249);
COMMENT ON DOMAIN tenancy.tenancy_encrypted IS 'A value that tenancy-diesel has encrypted.';

-- Numbers are wider than their constraints, because the library's are unsigned.
CREATE TABLE tenancy.tenancy_kek (
    -- In the order of its bytes, whatever the database's collation is and becomes.
    tenant        text COLLATE "C" PRIMARY KEY CHECK (octet_length(tenant) BETWEEN 1 AND 128),
    revision      int8 NOT NULL CHECK (revision > 0),
    shredded_at   timestamptz,
    format        int4 CHECK (format BETWEEN 1 AND 65535),
    root          text CHECK (octet_length(root) BETWEEN 1 AND 128),
    salt          bytea CHECK (octet_length(salt) = 32),
    memory_kib    int8 CHECK (memory_kib BETWEEN 1 AND 4294967295),
    passes        int8 CHECK (passes BETWEEN 1 AND 4294967295),
    lanes         int8 CHECK (lanes BETWEEN 1 AND 4294967295),
    commitment    bytea CHECK (octet_length(commitment) = 32),
    floor         int8 CHECK (floor BETWEEN 1 AND 4294967295),
    lease_seconds int8 CHECK (lease_seconds BETWEEN 1 AND 4294967295),
    -- A shredded tenant keeps its name and nothing else, so that it gets no keys again.
    CONSTRAINT tenancy_kek_is_whole_or_shredded CHECK (
        num_nulls(format, root, salt, memory_kib, passes, lanes, commitment, floor, lease_seconds)
            = CASE WHEN shredded_at IS NULL THEN 0 ELSE 9 END
    )
);
COMMENT ON TABLE tenancy.tenancy_kek IS
    'How the keys of each tenant are wrapped. Deleting a row destroys the data of its tenant.';
COMMENT ON COLUMN tenancy.tenancy_kek.root IS 'The name of the root key, not the key.';

CREATE TABLE tenancy.tenancy_keys (
    tenant  text COLLATE "C" NOT NULL REFERENCES tenancy.tenancy_kek,
    kind    text COLLATE "C" NOT NULL CHECK (kind IN ('data', 'index')),
    number  int8 NOT NULL CHECK (number BETWEEN 1 AND 4294967295),
    state   text COLLATE "C" NOT NULL CHECK (state IN ('active', 'decrypt_only', 'shredded')),
    -- 72 bytes, or more where another key store encrypts them once more.
    wrapped bytea CHECK (octet_length(wrapped) BETWEEN 72 AND 8192),
    PRIMARY KEY (tenant, kind, number),
    CONSTRAINT tenancy_keys_are_wrapped_or_shredded CHECK ((state = 'shredded') = (wrapped IS NULL))
);
CREATE UNIQUE INDEX tenancy_keys_one_active ON tenancy.tenancy_keys (tenant, kind)
    WHERE state = 'active';
COMMENT ON TABLE tenancy.tenancy_keys IS
    'The wrapped keys of tenants. Deleting a row destroys the data that is encrypted under it.';

REVOKE ALL ON tenancy.tenancy_kek, tenancy.tenancy_keys FROM PUBLIC;

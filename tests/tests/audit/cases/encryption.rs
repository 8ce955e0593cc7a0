use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "encrypted-column-type",
        object: "column public.projects.api_key",
        flaw: "ALTER TABLE projects ALTER api_key TYPE bytea",
        twin: "",
        also: &[],
    },
    Case {
        rule: "encrypted-column-type",
        object: "column public.projects.api_key",
        flaw: "ALTER TABLE projects ALTER api_key TYPE text USING encode(api_key, 'base64')",
        twin: "",
        also: &[],
    },
    Case {
        rule: "encrypted-domain-altered",
        object: "type tenancy.tenancy_encrypted",
        flaw: "ALTER DOMAIN tenancy.tenancy_encrypted DROP CONSTRAINT tenancy_encrypted_is_an_envelope",
        twin: "ALTER DOMAIN tenancy.tenancy_encrypted ADD CHECK (octet_length(VALUE) < 100000)",
        also: &[],
    },
    Case {
        rule: "encrypted-domain-altered",
        object: "type tenancy.tenancy_encrypted",
        flaw: "ALTER DOMAIN tenancy.tenancy_encrypted DROP CONSTRAINT tenancy_encrypted_is_an_envelope;
               ALTER DOMAIN tenancy.tenancy_encrypted
                   ADD CHECK (octet_length(VALUE) >= 80 AND get_byte(VALUE, 0) = 249) NOT VALID",
        twin: "",
        also: &[],
    },
    Case {
        rule: "encrypted-column-indexed",
        object: "constraint projects_tenant_id_api_key_key on public.projects",
        flaw: "ALTER TABLE projects ADD UNIQUE (tenant_id, api_key)",
        twin: "ALTER TABLE projects ADD UNIQUE (tenant_id, name) INCLUDE (api_key)",
        also: &[],
    },
    Case {
        rule: "encrypted-column-indexed",
        object: "index by_key on public.projects",
        flaw: "CREATE INDEX by_key ON projects USING hash (api_key)",
        twin: "CREATE INDEX by_key ON projects (tenant_id) WHERE api_key IS NOT NULL",
        also: &[],
    },
    Case {
        rule: "plaintext-secret",
        object: "column public.projects.webhook_secret",
        flaw: "ALTER TABLE projects ADD COLUMN webhook_secret text",
        twin:
            "ALTER TABLE countries ADD COLUMN secret text; ALTER TABLE countries DROP COLUMN secret;
               ALTER TABLE legacy_events ADD COLUMN password text",
        also: &["column-unknown"],
    },
    Case {
        rule: "plaintext-secret",
        object: "column public.documents.iban",
        flaw: "ALTER TABLE documents ADD COLUMN iban varchar(34), ADD COLUMN password_hash text,
                   ADD COLUMN tokens int8, ADD COLUMN secret tenancy.tenancy_encrypted",
        twin: "",
        also: &["column-unknown"],
    },
    Case {
        rule: "key-tables-readable",
        object: "table tenancy.tenancy_kek",
        flaw: "GRANT SELECT ON tenancy.tenancy_kek TO PUBLIC",
        twin: "GRANT SELECT ON tenancy.tenancy_kek TO {owner}",
        also: &[],
    },
    Case {
        rule: "key-tables-readable",
        object: "table tenancy.tenancy_keys",
        flaw: "GRANT SELECT (wrapped) ON tenancy.tenancy_keys TO {app}",
        twin: "GRANT SELECT (wrapped) ON tenancy.tenancy_keys TO {owner}",
        also: &[],
    },
    Case {
        rule: "keys-role-shared",
        object: "role {keys}",
        flaw: "GRANT {keys} TO {admin}",
        twin: "GRANT {migrator} TO {owner}",
        also: &["key-tables-readable", "role-reaches-admin"],
    },
    Case {
        rule: "keys-role-shared",
        object: "role {keys}",
        flaw: "ALTER ROLE {keys} BYPASSRLS",
        twin: "",
        also: &["role-bypasses-rls"],
    },
];

/// On tenants that are texts.
pub(crate) const TEXTS: &[Case] = &[Case {
    rule: "encrypted-label-twice",
    object: "column public.members.fax",
    flaw: "ALTER TABLE members ADD COLUMN phone tenancy.tenancy_encrypted,
               ADD COLUMN fax tenancy.tenancy_encrypted;
           SET LOCAL tenancy_case.registry = 'doubled'",
    twin: "",
    also: &[],
}];

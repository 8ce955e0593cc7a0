use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "setting-tenant",
        object: "role {app}",
        flaw: "ALTER ROLE {app} SET app.tenant_id = '00000000-0000-0000-0000-000000000001'",
        twin: "ALTER ROLE {app} SET app.other_id = '1'; ALTER ROLE {admin} SET app.tenant_id = '1'",
        also: &[],
    },
    Case {
        rule: "setting-tenant",
        object: "database {database}",
        flaw: "ALTER DATABASE {database} SET \"App\".\"TENANT_ID\" = '00000000-0000-0000-0000-000000000001'",
        twin: "ALTER DATABASE {database} SET statement_timeout = '1min'",
        also: &[],
    },
    Case {
        rule: "setting-tenant",
        object: "role {eraser}",
        flaw: "ALTER ROLE {eraser} IN DATABASE {database} SET app.tenant_id = 'x'",
        twin: "",
        also: &[],
    },
    Case {
        rule: "setting-role",
        object: "role {app}",
        flaw: "GRANT {migrator} TO {app}; ALTER ROLE {app} SET role = {migrator}; REVOKE {migrator} FROM {app}",
        twin: "GRANT {owner} TO {migrator}; ALTER ROLE {migrator} SET role = {owner}",
        also: &[],
    },
    Case {
        rule: "setting-search-path",
        object: "role {app}",
        flaw: "CREATE SCHEMA \"Scratch\"; GRANT CREATE ON SCHEMA \"Scratch\" TO PUBLIC;
               ALTER ROLE {app} SET search_path = \"Scratch\", public",
        twin: "GRANT {owner} TO {migrator}; CREATE SCHEMA \"Scratch\" AUTHORIZATION {owner}; GRANT CREATE ON SCHEMA \"Scratch\" TO {migrator};
               ALTER ROLE {app} SET search_path = \"Scratch\", public, \"$user\"",
        also: &["privilege-schema-create"],
    },
    // Whose operators come before PostgreSQL's own.
    Case {
        rule: "setting-search-path",
        object: "role {app}",
        flaw: "ALTER ROLE {app} SET search_path = public, pg_catalog",
        twin: "ALTER ROLE {app} SET search_path = pg_catalog, public",
        also: &[],
    },
    // Somebody else, whom the owner of the tables does not trust.
    Case {
        rule: "setting-search-path",
        object: "database {database}",
        flaw: "CREATE SCHEMA scratch; CREATE ROLE audit_intern; GRANT CREATE ON SCHEMA scratch TO audit_intern;
               ALTER DATABASE {database} SET search_path = public, scratch",
        twin: "CREATE SCHEMA scratch; CREATE ROLE audit_intern; GRANT USAGE ON SCHEMA scratch TO audit_intern;
               ALTER DATABASE {database} SET search_path = public, scratch",
        also: &[],
    },
    // The schema of the role's own name.
    Case {
        rule: "setting-search-path",
        object: "role {app}",
        flaw: "CREATE SCHEMA {app} AUTHORIZATION {app}; ALTER ROLE {app} SET search_path = \"$user\", public",
        twin: "CREATE SCHEMA {app} AUTHORIZATION {owner}; ALTER ROLE {app} SET search_path = \"$user\", public",
        also: &["privilege-schema-create"],
    },
];

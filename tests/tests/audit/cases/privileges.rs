use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "privilege-past-policies",
        object: "table public.projects",
        flaw: "GRANT TRUNCATE ON projects TO {app}",
        twin: "GRANT TRUNCATE ON projects TO {owner}",
        also: &[],
    },
    Case {
        rule: "privilege-past-policies",
        object: "table billing.invoices",
        flaw: "GRANT REFERENCES (tenant_id, id) ON billing.invoices TO PUBLIC",
        twin: "",
        also: &[],
    },
    Case {
        rule: "privilege-past-policies",
        object: "table public.tasks",
        flaw: "CREATE ROLE audit_team; GRANT audit_team TO {app}; GRANT TRIGGER ON tasks TO audit_team",
        twin: "CREATE ROLE audit_team; GRANT TRIGGER ON tasks TO audit_team",
        also: &[],
    },
    Case {
        rule: "privilege-writes-shared",
        object: "table public.countries",
        flaw: "GRANT UPDATE (code) ON countries TO {app}",
        twin: "GRANT SELECT ON countries TO {app}",
        also: &[],
    },
    Case {
        rule: "privilege-public",
        object: "table public.projects",
        flaw: "GRANT SELECT (name) ON projects TO PUBLIC",
        twin: "GRANT SELECT ON countries TO PUBLIC",
        also: &[],
    },
    Case {
        rule: "privilege-schema-create",
        object: "schema public",
        flaw: "GRANT CREATE ON SCHEMA public TO PUBLIC",
        twin: "GRANT CREATE ON SCHEMA public TO {migrator}",
        also: &[],
    },
    Case {
        rule: "privilege-schema-create",
        object: "schema billing",
        flaw: "CREATE ROLE audit_team; GRANT audit_team TO {app}; ALTER SCHEMA billing OWNER TO audit_team",
        twin: "CREATE SCHEMA other AUTHORIZATION {app}",
        also: &[],
    },
    Case {
        rule: "privilege-database-create",
        object: "database {database}",
        flaw: "GRANT CREATE ON DATABASE {database} TO {app}",
        twin: "GRANT CREATE ON DATABASE {database} TO {owner}",
        also: &[],
    },
    Case {
        rule: "privilege-temporary",
        object: "database {database}",
        flaw: "GRANT TEMPORARY ON DATABASE {database} TO PUBLIC",
        twin: "GRANT TEMPORARY ON DATABASE {database} TO {migrator}",
        also: &[],
    },
    Case {
        rule: "privilege-default",
        object: "role {owner}",
        flaw: "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO {app}",
        twin: "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SEQUENCES TO {app};
               ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON TABLES TO {migrator}",
        also: &[],
    },
    Case {
        rule: "privilege-default",
        object: "role {migrator}",
        flaw: "ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} GRANT INSERT ON TABLES TO PUBLIC",
        twin: "",
        also: &[],
    },
    Case {
        rule: "privilege-sequence",
        object: "sequence public.\"task Numbers\"",
        flaw:
            "SET LOCAL ROLE {owner}; CREATE SEQUENCE \"task Numbers\" OWNED BY tasks.id; RESET ROLE;
               GRANT SELECT ON SEQUENCE \"task Numbers\" TO {app}",
        twin: "CREATE SEQUENCE \"task Numbers\"; GRANT USAGE ON SEQUENCE \"task Numbers\" TO {app}",
        also: &[],
    },
    Case {
        rule: "privilege-server-files",
        object: "function pg_catalog.lo_export(oid, text)",
        flaw: "GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO {app}",
        twin: "GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO {migrator}",
        also: &[],
    },
];

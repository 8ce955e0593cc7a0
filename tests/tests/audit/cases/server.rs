use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "server-flaw",
        object: "server PostgreSQL 15.19",
        flaw: "SET LOCAL tenancy_case.version = '150019'",
        twin: "SET LOCAL tenancy_case.version = '180007'",
        also: &[],
    },
    Case {
        rule: "server-end-of-life",
        object: "server PostgreSQL 12.22",
        flaw: "SET LOCAL tenancy_case.version = '120022'",
        twin: "SET LOCAL tenancy_case.version = '190000'",
        also: &["server-flaw"],
    },
    Case {
        rule: "publication",
        object: "publication outside",
        flaw: "CREATE PUBLICATION outside FOR TABLE countries, projects",
        twin: "CREATE PUBLICATION outside FOR TABLE countries; CREATE PUBLICATION empty",
        also: &[],
    },
    Case {
        rule: "publication",
        object: "publication outside",
        flaw: "CREATE PUBLICATION outside FOR TABLE events_2026",
        twin: "",
        also: &[],
    },
    Case {
        rule: "publication",
        object: "publication outside",
        flaw: "CREATE PUBLICATION outside FOR TABLES IN SCHEMA billing",
        twin: "CREATE PUBLICATION outside FOR TABLE tenancy.reference_uuid",
        also: &[],
    },
    Case {
        rule: "publication",
        object: "publication outside",
        flaw: "CREATE PUBLICATION outside FOR TABLE tenancy.tenancy_keys",
        twin: "",
        also: &[],
    },
    Case {
        rule: "publication",
        object: "publication outside",
        flaw: "CREATE PUBLICATION outside FOR ALL TABLES",
        twin: "",
        also: &[],
    },
    Case {
        rule: "large-objects",
        object: "database {database}",
        flaw: "SELECT lo_create(0)",
        twin: "SELECT lo_unlink(lo_create(0))",
        also: &[],
    },
    Case {
        rule: "foreign-table",
        object: "foreign table public.remote",
        flaw: "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER other FOREIGN DATA WRAPPER nowhere;
               CREATE FOREIGN TABLE remote (tenant_id uuid, id int8) SERVER other",
        twin: "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER other FOREIGN DATA WRAPPER nowhere;
               CREATE FOREIGN TABLE remote (code text) SERVER other",
        also: &[],
    },
    Case {
        rule: "user-mapping",
        object: "server foreign server other",
        flaw: "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER other FOREIGN DATA WRAPPER nowhere;
               GRANT USAGE ON FOREIGN SERVER other TO {app}; CREATE USER MAPPING FOR {app} SERVER other",
        twin: "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER other FOREIGN DATA WRAPPER nowhere;
               CREATE USER MAPPING FOR {owner} SERVER other",
        also: &[],
    },
    Case {
        rule: "user-mapping",
        object: "server foreign server other",
        flaw: "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER other FOREIGN DATA WRAPPER nowhere;
               CREATE USER MAPPING FOR PUBLIC SERVER other",
        twin: "",
        also: &[],
    },
    Case {
        rule: "extension-reaches-out",
        object: "database {database}",
        flaw: "CREATE EXTENSION dblink",
        twin: "CREATE EXTENSION pgcrypto; CREATE EXTENSION citext",
        also: &[],
    },
    Case {
        rule: "statements-visible",
        object: "view public.pg_stat_statements",
        flaw: "CREATE EXTENSION pg_stat_statements",
        twin: "CREATE EXTENSION pg_stat_statements; REVOKE SELECT ON pg_stat_statements FROM PUBLIC",
        also: &[],
    },
    Case {
        rule: "statements-visible",
        object: "view public.pg_stat_statements",
        flaw: "CREATE EXTENSION pg_stat_statements; REVOKE SELECT ON pg_stat_statements FROM PUBLIC;
               GRANT SELECT ON pg_stat_statements TO {app}",
        twin: "",
        also: &[],
    },
    Case {
        rule: "log-shows-values",
        object: "setting log_parameter_max_length",
        flaw: "SET LOCAL log_statement = 'all'",
        twin: "SET LOCAL log_statement = 'all'; SET LOCAL log_parameter_max_length = 0",
        also: &[],
    },
    Case {
        rule: "log-shows-values",
        object: "setting log_parameter_max_length",
        flaw: "ALTER ROLE {app} SET log_min_duration_statement = '250ms'",
        twin: "ALTER ROLE {admin} SET log_min_duration_statement = '250ms';
               ALTER ROLE {app} SET log_min_duration_statement = -1",
        also: &[],
    },
    Case {
        rule: "log-shows-values",
        object: "setting log_parameter_max_length_on_error",
        flaw: "ALTER DATABASE {database} SET log_parameter_max_length_on_error = -1",
        twin: "SET LOCAL log_min_duration_sample = 0; SET LOCAL log_statement_sample_rate = 0",
        also: &[],
    },
    Case {
        rule: "log-shows-values",
        object: "setting auto_explain.log_parameter_max_length",
        flaw: "ALTER DATABASE {database} SET auto_explain.log_min_duration = 0;
               ALTER DATABASE {database} SET auto_explain.log_parameter_max_length = 40",
        twin: "ALTER DATABASE {database} SET auto_explain.log_min_duration = -1;
               ALTER DATABASE {database} SET auto_explain.log_parameter_max_length = 40",
        also: &[],
    },
    Case {
        rule: "row-security-off",
        object: "setting row_security",
        flaw: "ALTER ROLE {app} SET row_security = off",
        twin: "SET LOCAL row_security = off",
        also: &[],
    },
    Case {
        rule: "row-security-off",
        object: "setting row_security",
        flaw: "ALTER DATABASE {database} SET row_security = off",
        twin: "ALTER ROLE {migrator} SET row_security = off",
        also: &[],
    },
];

/// On a server that can have logical replication slots. The slots end with their session.
pub(crate) const LOGICAL: &[Case] = &[Case {
    rule: "replication-slot",
    object: "server replication slot outside",
    flaw: "SELECT pg_create_logical_replication_slot('outside', 'pgoutput', true)",
    twin: "SELECT pg_create_physical_replication_slot('standby', true, true)",
    also: &[],
}];

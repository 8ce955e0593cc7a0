use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "role-missing",
        object: "role {keys}",
        flaw: "ALTER ROLE {keys} RENAME TO audit_renamed",
        twin: "",
        also: &[],
    },
    Case {
        rule: "role-superuser",
        object: "role {app}",
        flaw: "ALTER ROLE {app} SUPERUSER",
        twin: "",
        also: &["rls-inactive"],
    },
    Case {
        rule: "role-bypasses-rls",
        object: "role {app}",
        flaw: "ALTER ROLE {app} BYPASSRLS",
        twin: "CREATE ROLE audit_backup BYPASSRLS",
        also: &["rls-inactive"],
    },
    Case {
        rule: "role-bypasses-rls",
        object: "role {eraser}",
        flaw: "ALTER ROLE {eraser} BYPASSRLS",
        twin: "",
        also: &[],
    },
    Case {
        rule: "role-creates-roles",
        object: "role {app}",
        flaw: "ALTER ROLE {app} CREATEROLE",
        twin: "",
        also: &[],
    },
    Case {
        rule: "role-replicates",
        object: "role {app}",
        flaw: "ALTER ROLE {app} REPLICATION",
        twin: "",
        also: &[],
    },
    Case {
        rule: "role-reaches-exempt",
        object: "role {app}",
        flaw: "CREATE ROLE \"audit A\"; CREATE ROLE audit_b; CREATE ROLE audit_c BYPASSRLS;
               GRANT \"audit A\" TO {app}; GRANT audit_b TO \"audit A\"; GRANT audit_c TO audit_b",
        twin: "CREATE ROLE audit_c BYPASSRLS; GRANT {app} TO audit_c",
        also: &[],
    },
    // What a role inherits by a membership that is not inherited, it still becomes.
    Case {
        rule: "role-reaches-exempt",
        object: "role {eraser}",
        flaw: "CREATE ROLE audit_super SUPERUSER; ALTER ROLE {eraser} NOINHERIT;
               GRANT audit_super TO {eraser}",
        twin: "ALTER ROLE {eraser} NOINHERIT",
        also: &[],
    },
    Case {
        rule: "role-owns-tables",
        object: "role {app}",
        flaw: "ALTER TABLE billing.invoices OWNER TO {app}",
        twin: "",
        also: &[],
    },
    Case {
        rule: "role-owns-tables",
        object: "role {app}",
        flaw: "CREATE ROLE audit_dev; GRANT {owner} TO audit_dev; GRANT audit_dev TO {app}",
        twin: "CREATE ROLE audit_dev; GRANT {owner} TO audit_dev",
        also: &[],
    },
    Case {
        rule: "role-owns-database",
        object: "role {app}",
        flaw: "ALTER DATABASE {database} OWNER TO {app}",
        twin: "ALTER DATABASE {database} OWNER TO {owner}",
        also: &["role-predefined"],
    },
    Case {
        rule: "role-predefined",
        object: "role {app}",
        flaw: "GRANT pg_read_all_data TO {app}",
        twin: "CREATE ROLE audit_reader; GRANT pg_read_all_data TO audit_reader",
        also: &[],
    },
    Case {
        rule: "role-predefined",
        object: "role {admin}",
        flaw: "CREATE ROLE audit_team; GRANT pg_execute_server_program TO audit_team;
               GRANT audit_team TO {admin}",
        twin: "",
        also: &[],
    },
    // pg_monitor is a member of the others.
    Case {
        rule: "role-predefined",
        object: "role {app}",
        flaw: "GRANT pg_monitor TO {app}",
        twin: "",
        also: &[],
    },
    Case {
        rule: "role-reaches-admin",
        object: "role {app}",
        flaw: "GRANT {admin} TO {app}",
        twin: "CREATE ROLE audit_boss; GRANT {admin}, {app} TO audit_boss",
        also: &[],
    },
    Case {
        rule: "role-reaches-admin",
        object: "role {app}",
        flaw: "CREATE ROLE audit_team; GRANT audit_team TO {app}; GRANT {keys} TO audit_team",
        twin: "",
        also: &["key-tables-readable", "keys-role-shared"],
    },
    Case {
        rule: "role-owner-logs-in",
        object: "role {owner}",
        flaw: "ALTER ROLE {owner} LOGIN",
        twin: "",
        also: &[],
    },
    Case {
        rule: "rls-inactive",
        object: "role {app}",
        flaw: "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
        twin: "ALTER TABLE countries DISABLE ROW LEVEL SECURITY",
        also: &["rls-disabled"],
    },
];

/// What only the boot check can find, on a connection that began as a superuser.
pub(crate) const AT_BOOT: &[Case] = &[Case {
    rule: "role-session-user-differs",
    object: "role {migrator}",
    flaw: "GRANT {app} TO {migrator}; GRANT {owner} TO {migrator};
           SET LOCAL SESSION AUTHORIZATION {migrator}; SET LOCAL ROLE {app}",
    twin: "SET LOCAL SESSION AUTHORIZATION {app}",
    also: &["role-owns-tables"],
}];

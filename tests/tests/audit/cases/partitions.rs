use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "partition-open",
        object: "table public.events_2026",
        flaw: "ALTER TABLE events_2026 DISABLE ROW LEVEL SECURITY; GRANT SELECT ON events_2026 TO {app}",
        // With policies of its own it may be named.
        twin: "DROP POLICY tenancy_scope ON events_2026;
               CREATE POLICY own ON events_2026 TO {app}
               USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
               GRANT SELECT ON events_2026 TO {app}",
        also: &[],
    },
    Case {
        rule: "partition-open",
        object: "table public.events_2026",
        flaw: "DROP POLICY tenancy_guard ON events_2026;
               CREATE POLICY open ON events_2026 USING (id > 0);
               GRANT SELECT ON events_2026 TO {app}",
        // The guard holds.
        twin: "CREATE POLICY open ON events_2026 USING (id > 0); GRANT SELECT ON events_2026 TO {app}",
        also: &[],
    },
    // A partition of a partition, by one column, through a role.
    Case {
        rule: "partition-open",
        object: "table billing.\"2028 q1\"",
        flaw: "CREATE TABLE events_2028 PARTITION OF events FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')
                   PARTITION BY RANGE (at);
               CREATE TABLE billing.\"2028 q1\" PARTITION OF events_2028
                   FOR VALUES FROM ('2028-01-01') TO ('2028-04-01');
               CREATE ROLE audit_team; GRANT audit_team TO {app};
               GRANT SELECT (id) ON billing.\"2028 q1\" TO audit_team",
        twin: "CREATE TABLE events_2028 PARTITION OF events FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')
                   PARTITION BY RANGE (at);
               CREATE TABLE billing.\"2028 q1\" PARTITION OF events_2028
                   FOR VALUES FROM ('2028-01-01') TO ('2028-04-01')",
        also: &[],
    },
    Case {
        rule: "partition-open",
        object: "table public.old_tasks",
        flaw: "CREATE TABLE old_tasks () INHERITS (tasks); GRANT SELECT ON old_tasks TO {app}",
        twin: "CREATE TABLE old_tasks (PRIMARY KEY (tenant_id, id)) INHERITS (tasks)",
        also: &[],
    },
    // Owned by the application, which needs no grant then.
    Case {
        rule: "partition-open",
        object: "table public.events_2026",
        flaw: "ALTER TABLE events_2026 DISABLE ROW LEVEL SECURITY; ALTER TABLE events_2026 OWNER TO {app}",
        twin: "",
        also: &["role-owns-tables"],
    },
    Case {
        rule: "partition-parent-open",
        object: "table public.things",
        flaw: "CREATE TABLE things (title text NOT NULL); ALTER TABLE tasks INHERIT things;
               GRANT SELECT ON things TO {app}",
        twin: "CREATE TABLE things (title text NOT NULL); ALTER TABLE tasks INHERIT things",
        also: &[],
    },
    Case {
        rule: "partition-foreign",
        object: "foreign table public.far_tasks",
        flaw: "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER far FOREIGN DATA WRAPPER nothing;
               CREATE FOREIGN TABLE far_tasks () INHERITS (tasks) SERVER far",
        twin: "",
        also: &["foreign-table", "rows-unreadable"],
    },
];

use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "table-missing",
        object: "table projects",
        flaw: "ALTER TABLE projects RENAME TO projekte",
        twin: "ALTER TABLE projects RENAME TO projekte; ALTER TABLE projekte RENAME TO projects",
        also: &["table-unknown"],
    },
    Case {
        rule: "rls-disabled",
        object: "table public.projects",
        flaw: "ALTER TABLE projects DISABLE ROW LEVEL SECURITY",
        twin: "",
        also: &["rls-inactive"],
    },
    Case {
        rule: "rls-not-forced",
        object: "table billing.invoices",
        flaw: "ALTER TABLE billing.invoices NO FORCE ROW LEVEL SECURITY",
        twin: "",
        also: &[],
    },
    Case {
        rule: "rls-no-policy",
        object: "table public.tasks",
        flaw: "DROP POLICY tenancy_scope ON tasks",
        twin: "",
        also: &[],
    },
];

use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "table-unknown",
        object: "table public.notes",
        flaw: "CREATE TABLE notes (tenant_id uuid NOT NULL, id int8, PRIMARY KEY (tenant_id, id))",
        twin: "CREATE TABLE notes (id int8 PRIMARY KEY);
               CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
        also: &[],
    },
    Case {
        rule: "table-unknown",
        object: "table billing.notes",
        flaw: "CREATE TABLE billing.notes (tenant_id uuid NOT NULL, id int8);
               ALTER TABLE billing.notes ENABLE ROW LEVEL SECURITY;
               ALTER TABLE billing.notes FORCE ROW LEVEL SECURITY",
        twin: "CREATE TEMPORARY TABLE notes (tenant_id uuid NOT NULL, id int8)",
        also: &[],
    },
    Case {
        rule: "table-undeclared",
        object: "table public.comments",
        flaw: "CREATE TABLE notes (id int8 PRIMARY KEY, document_id uuid REFERENCES documents);
               CREATE TABLE comments (id int8 PRIMARY KEY, note_id int8 REFERENCES notes)",
        twin: "CREATE TABLE notes (id int8 PRIMARY KEY, country text REFERENCES countries);
               CREATE TABLE comments (id int8 PRIMARY KEY, note_id int8 REFERENCES notes)",
        also: &[],
    },
    Case {
        rule: "tenant-column-missing",
        object: "table public.documents",
        flaw: "ALTER TABLE documents DROP COLUMN tenant_id CASCADE",
        twin: "",
        also: &["rls-no-policy"],
    },
    Case {
        rule: "column-missing",
        object: "column public.tasks.title",
        flaw: "ALTER TABLE tasks DROP COLUMN title CASCADE",
        twin: "",
        also: &[],
    },
    Case {
        rule: "column-unknown",
        object: "column public.tasks.note",
        flaw: "ALTER TABLE tasks ADD COLUMN note text",
        twin: "ALTER TABLE legacy_events ADD COLUMN note text",
        also: &[],
    },
    Case {
        rule: "primary-key-differs",
        object: "table billing.invoices",
        flaw: "ALTER TABLE billing.invoices DROP CONSTRAINT invoices_pkey",
        twin: "ALTER TABLE billing.invoices DROP CONSTRAINT invoices_pkey, ADD PRIMARY KEY (tenant_id, id)",
        also: &["no-tenant-index"],
    },
    Case {
        rule: "tenant-type-differs",
        object: "column billing.invoices.tenant_id",
        flaw: "DROP POLICY tenancy_scope ON billing.invoices; DROP POLICY tenancy_guard ON billing.invoices;
               ALTER TABLE billing.invoices DROP CONSTRAINT invoices_tenant_id_fkey;
               ALTER TABLE billing.invoices ALTER tenant_id TYPE bytea USING uuid_send(tenant_id)",
        twin: "",
        also: &["rls-no-policy", "rows-unreadable"],
    },
    Case {
        rule: "shared-has-tenant",
        object: "table public.countries",
        flaw: "ALTER TABLE countries ADD COLUMN tenant_id uuid",
        twin: "",
        also: &["column-unknown"],
    },
    Case {
        rule: "not-a-table",
        object: "view billing.invoices",
        flaw: "ALTER TABLE billing.invoices RENAME TO everything; ALTER TABLE billing.everything SET SCHEMA tenancy;
               ALTER TABLE tenancy.everything DROP COLUMN tenant_id CASCADE;
               CREATE VIEW billing.invoices AS
                   SELECT NULL::uuid AS tenant_id, id, cents FROM tenancy.everything",
        twin: "",
        also: &["rls-disabled", "rls-no-policy"],
    },
    Case {
        rule: "name-ambiguous",
        object: "table public.tasks",
        flaw: "CREATE TABLE billing.tasks (id int8); SET LOCAL search_path = public, billing",
        twin: "CREATE TABLE billing.tasks (id int8); SET LOCAL search_path = public",
        also: &[],
    },
    Case {
        rule: "table-excluded",
        object: "table tenancy.legacy_events",
        flaw: "ALTER TABLE legacy_events SET SCHEMA tenancy; SET LOCAL search_path = public, tenancy",
        twin: "DROP TABLE legacy_events; CREATE TABLE legacy_events (id int8)",
        also: &[],
    },
];

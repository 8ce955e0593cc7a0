use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "tenant-nullable",
        object: "column public.documents.tenant_id",
        flaw: "ALTER TABLE documents ALTER tenant_id DROP NOT NULL",
        twin: "",
        also: &[],
    },
    Case {
        rule: "tenant-nullable",
        object: "column public.files.document_id",
        flaw: "ALTER TABLE files ALTER document_id DROP NOT NULL",
        twin: "",
        also: &[],
    },
    Case {
        rule: "tenant-default",
        object: "column public.tasks.tenant_id",
        flaw: "ALTER TABLE tasks ALTER tenant_id SET DEFAULT '00000000-0000-0000-0000-00000000000a'",
        twin: "ALTER TABLE tasks ALTER tenant_id
                   SET DEFAULT nullif(current_setting('app.tenant_id', true), '')::uuid;
               ALTER TABLE documents ALTER tenant_id SET DEFAULT current_setting('app.tenant_id')::uuid;
               ALTER TABLE organisations ALTER id SET DEFAULT gen_random_uuid()",
        also: &[],
    },
    Case {
        rule: "tenant-default",
        object: "column public.tasks.tenant_id",
        flaw: "ALTER TABLE tasks ALTER tenant_id SET DEFAULT current_setting('other.tenant_id')::uuid",
        twin: "",
        also: &[],
    },
    Case {
        rule: "tenant-default",
        object: "column public.organisations.id",
        flaw: "ALTER TABLE organisations ALTER id SET DEFAULT '00000000-0000-0000-0000-00000000000a'",
        twin: "",
        also: &[],
    },
    Case {
        rule: "tenant-generated",
        object: "column billing.invoices.tenant_id",
        flaw: "ALTER TABLE billing.invoices DROP COLUMN tenant_id CASCADE;
               ALTER TABLE billing.invoices ADD COLUMN tenant_id uuid NOT NULL
                   GENERATED ALWAYS AS (lpad(cents::text, 32, '0')::uuid) STORED;
               ALTER TABLE billing.invoices ADD PRIMARY KEY (tenant_id, id)",
        twin: "",
        also: &["rls-no-policy"],
    },
    Case {
        rule: "tenant-domain",
        object: "column billing.invoices.tenant_id",
        flaw: "CREATE DOMAIN organisation AS uuid;
               DROP POLICY tenancy_scope ON billing.invoices; DROP POLICY tenancy_guard ON billing.invoices;
               ALTER TABLE billing.invoices ALTER tenant_id TYPE organisation",
        twin: "CREATE DOMAIN cents AS int8; ALTER TABLE billing.invoices ALTER cents TYPE cents",
        also: &["rls-no-policy"],
    },
];

use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "no-tenant-index",
        object: "table public.documents",
        flaw: "ALTER TABLE documents DROP CONSTRAINT documents_tenant_id_id_key;
               DROP INDEX tenancy_documents_tenant_idx;
               CREATE INDEX ON documents (tenant_id) WHERE title <> ''",
        twin: "DROP INDEX tenancy_documents_tenant_idx",
        also: &[],
    },
    Case {
        rule: "no-tenant-index",
        object: "table public.files",
        flaw: "DROP INDEX tenancy_files_owner_idx; ANALYZE files",
        twin: "",
        also: &[],
    },
    Case {
        rule: "index-invalid",
        object: "index by_title on public.tasks",
        flaw: "CREATE INDEX by_title ON tasks (tenant_id, title);
               UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_title'::regclass",
        twin: "CREATE INDEX by_title ON tasks (tenant_id, title)",
        also: &[],
    },
    Case {
        rule: "index-invalid",
        object: "index by_id on public.events",
        flaw: "CREATE INDEX by_id ON ONLY events (tenant_id, id)",
        twin: "CREATE INDEX by_id ON events (tenant_id, id)",
        also: &[],
    },
    Case {
        rule: "index-not-leakproof",
        object: "index by_title on public.tasks",
        flaw: "CREATE INDEX by_title ON tasks (tenant_id, lower(title))",
        twin: "CREATE INDEX by_title ON tasks (tenant_id, title); CREATE INDEX ON legacy_events ((id + 1));
               CREATE INDEX ON tasks USING hash (title); CREATE INDEX ON events USING brin (at);
               CREATE INDEX ON tasks ((tenant_id = '00000000-0000-0000-0000-00000000000a'))",
        also: &[],
    },
    Case {
        rule: "index-not-leakproof",
        object: "index by_title on public.tasks",
        flaw: "CREATE INDEX by_title ON tasks (tenant_id, title text_pattern_ops)",
        twin: "",
        also: &[],
    },
    Case {
        rule: "index-not-leakproof",
        object: "index by_title on public.tasks",
        flaw: "CREATE EXTENSION pg_trgm; CREATE INDEX by_title ON tasks USING gin (title gin_trgm_ops)",
        twin: "",
        also: &[],
    },
    Case {
        rule: "index-not-leakproof",
        object: "index by_cents on billing.invoices",
        flaw: "CREATE INDEX by_cents ON billing.invoices (tenant_id, (cents::numeric))",
        twin: "CREATE INDEX by_cents ON billing.invoices (tenant_id, cents)",
        also: &[],
    },
];

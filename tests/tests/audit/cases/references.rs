use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "foreign-key-without-tenant",
        object: "constraint tasks_project_id_fkey on public.tasks",
        flaw: "ALTER TABLE projects ADD UNIQUE (id);
               ALTER TABLE tasks ADD FOREIGN KEY (project_id) REFERENCES projects (id)",
        twin: "ALTER TABLE projects ADD UNIQUE (id, tenant_id);
               ALTER TABLE tasks ADD FOREIGN KEY (project_id, tenant_id) REFERENCES projects (id, tenant_id)",
        also: &["unique-without-tenant"],
    },
    Case {
        rule: "foreign-key-without-tenant",
        object: "constraint elsewhere on public.tasks",
        flaw: "ALTER TABLE tasks ADD COLUMN document uuid, ADD CONSTRAINT elsewhere
                   FOREIGN KEY (document) REFERENCES documents (id)",
        twin: "",
        also: &["column-unknown"],
    },
    Case {
        rule: "foreign-key-without-tenant",
        object: "constraint elsewhere on public.files",
        flaw: "ALTER TABLE files ADD CONSTRAINT elsewhere FOREIGN KEY (id) REFERENCES documents (id)",
        twin: "",
        also: &[],
    },
    Case {
        rule: "foreign-key-without-tenant",
        object: "constraint swapped on public.tasks",
        flaw: "ALTER TABLE tasks ADD COLUMN other uuid, ADD CONSTRAINT swapped
                   FOREIGN KEY (other, project_id) REFERENCES projects (tenant_id, id)",
        twin: "",
        also: &["column-unknown"],
    },
    Case {
        rule: "foreign-key-cascades-across-tenants",
        object: "constraint tasks_project_id_fkey on public.tasks",
        flaw: "ALTER TABLE projects ADD UNIQUE (id);
               ALTER TABLE tasks ADD FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE",
        twin: "ALTER TABLE tasks ADD FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id)
                   ON UPDATE CASCADE ON DELETE CASCADE;
               ALTER TABLE tasks ADD FOREIGN KEY (tenant_id) REFERENCES organisations ON DELETE CASCADE",
        also: &["unique-without-tenant"],
    },
    Case {
        rule: "foreign-key-cascades-across-tenants",
        object: "constraint elsewhere on public.tasks",
        flaw: "ALTER TABLE tasks ADD COLUMN document uuid, ADD CONSTRAINT elsewhere
                   FOREIGN KEY (document) REFERENCES documents (id) ON DELETE SET NULL",
        twin: "",
        also: &["column-unknown"],
    },
    Case {
        rule: "foreign-key-clears-tenant",
        object: "constraint clears on public.tasks",
        flaw: "ALTER TABLE tasks ADD CONSTRAINT clears FOREIGN KEY (tenant_id, project_id)
                   REFERENCES projects (tenant_id, id) ON DELETE SET NULL",
        twin: "ALTER TABLE tasks ADD CONSTRAINT clears FOREIGN KEY (tenant_id, project_id)
                   REFERENCES projects (tenant_id, id) ON DELETE SET NULL (project_id)",
        also: &[],
    },
    Case {
        rule: "foreign-key-from-shared",
        object: "constraint seat on public.countries",
        flaw: "ALTER TABLE countries ADD COLUMN seat uuid CONSTRAINT seat REFERENCES organisations",
        twin: "ALTER TABLE projects ADD CONSTRAINT seat FOREIGN KEY (name) REFERENCES countries",
        also: &["column-unknown"],
    },
    Case {
        rule: "via-owner-not-unique",
        object: "column public.documents.id",
        flaw: "ALTER TABLE documents DROP CONSTRAINT documents_pkey CASCADE",
        twin: "",
        also: &["primary-key-differs", "via-without-foreign-key"],
    },
    Case {
        rule: "via-without-foreign-key",
        object: "column public.files.document_id",
        flaw: "ALTER TABLE files DROP CONSTRAINT files_document_id_fkey",
        twin: "",
        also: &[],
    },
    Case {
        rule: "constraint-not-valid",
        object: "constraint positive on billing.invoices",
        flaw: "ALTER TABLE billing.invoices ADD CONSTRAINT positive CHECK (cents > 0) NOT VALID",
        twin: "ALTER TABLE billing.invoices ADD CONSTRAINT positive CHECK (cents > 0) NOT VALID;
               ALTER TABLE billing.invoices VALIDATE CONSTRAINT positive",
        also: &[],
    },
    Case {
        rule: "constraint-not-valid",
        object: "constraint tasks_tenant_id_fkey on public.tasks",
        flaw: "ALTER TABLE tasks ADD FOREIGN KEY (tenant_id) REFERENCES organisations NOT VALID",
        twin: "ALTER TABLE legacy_events ADD FOREIGN KEY (tenant_id) REFERENCES organisations NOT VALID",
        also: &[],
    },
    Case {
        rule: "foreign-key-without-tenant",
        object: "constraint part on public.tasks",
        flaw: "CREATE UNIQUE INDEX by_id ON events_2026 (id);
               ALTER TABLE events_2026 ADD CONSTRAINT by_id UNIQUE USING INDEX by_id;
               ALTER TABLE tasks ADD COLUMN event int8,
                   ADD CONSTRAINT part FOREIGN KEY (event) REFERENCES events_2026 (id)",
        twin: "",
        also: &["column-unknown", "unique-without-tenant"],
    },
    Case {
        rule: "foreign-key-without-tenant",
        object: "constraint parent on public.organisations",
        flaw: "ALTER TABLE organisations ADD COLUMN parent uuid CONSTRAINT parent REFERENCES organisations",
        twin: "",
        also: &["column-unknown"],
    },
    Case {
        rule: "foreign-key-without-tenant",
        object: "constraint of_part on public.events_2026",
        flaw: "ALTER TABLE projects ADD UNIQUE (id);
               ALTER TABLE events_2026 ADD CONSTRAINT of_part FOREIGN KEY (id) REFERENCES projects (id)",
        twin: "ALTER TABLE events_2026 ADD FOREIGN KEY (tenant_id, id) REFERENCES projects (tenant_id, id)",
        also: &["unique-without-tenant"],
    },
];

use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "rows-without-tenant",
        object: "column public.documents.tenant_id",
        flaw: "ALTER TABLE documents ALTER tenant_id DROP NOT NULL;
               INSERT INTO documents VALUES (NULL, gen_random_uuid(), 'nobody')",
        twin: "INSERT INTO organisations VALUES ('00000000-0000-0000-0000-00000000000a', 'a');
               INSERT INTO documents
                   VALUES ('00000000-0000-0000-0000-00000000000a', gen_random_uuid(), 'somebody')",
        also: &["tenant-nullable"],
    },
    Case {
        rule: "rows-orphaned",
        object: "constraint tasks_project_id_fkey on public.tasks",
        // As a migration does it that does not know that its owner sees no rows.
        flaw: "ALTER TABLE tasks DROP CONSTRAINT tasks_tenant_id_project_id_fkey;
               INSERT INTO organisations VALUES ('00000000-0000-0000-0000-00000000000a', 'a');
               INSERT INTO tasks VALUES ('00000000-0000-0000-0000-00000000000a', 1, 7, 'lost');
               SET LOCAL ROLE {owner};
               ALTER TABLE tasks ADD CONSTRAINT tasks_project_id_fkey
                   FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id);
               RESET ROLE",
        twin: "INSERT INTO organisations VALUES ('00000000-0000-0000-0000-00000000000a', 'a');
               INSERT INTO projects VALUES ('00000000-0000-0000-0000-00000000000a', 7, 'p');
               INSERT INTO tasks VALUES ('00000000-0000-0000-0000-00000000000a', 1, 7, 'found');
               ALTER TABLE tasks ADD COLUMN other int8;
               ALTER TABLE tasks ADD CONSTRAINT other
                   FOREIGN KEY (tenant_id, other) REFERENCES projects (tenant_id, id);
               ALTER TABLE tasks DROP COLUMN other",
        also: &[],
    },
    Case {
        rule: "rows-of-unknown-tenant",
        object: "column public.tasks.tenant_id",
        flaw: "ALTER TABLE projects DROP CONSTRAINT projects_tenant_id_fkey;
               INSERT INTO projects VALUES ('00000000-0000-0000-0000-00000000000b', 7, 'p');
               INSERT INTO tasks VALUES ('00000000-0000-0000-0000-00000000000b', 1, 7, 't')",
        twin: "",
        also: &[],
    },
    Case {
        rule: "rows-in-plaintext",
        object: "column public.projects.api_key",
        flaw: r"ALTER TABLE projects ALTER api_key TYPE bytea;
                INSERT INTO organisations VALUES ('00000000-0000-0000-0000-00000000000a', 'a');
                INSERT INTO projects VALUES ('00000000-0000-0000-0000-00000000000a', 7, 'p', 'hunter2'),
                    ('00000000-0000-0000-0000-00000000000a', 8, 'p', ''),
                    ('00000000-0000-0000-0000-00000000000a', 9, 'p', '\xf9' || repeat('x', 79)::bytea)",
        twin: r"INSERT INTO organisations VALUES ('00000000-0000-0000-0000-00000000000a', 'a');
                INSERT INTO projects VALUES
                    ('00000000-0000-0000-0000-00000000000a', 7, 'p', '\xf9' || repeat('x', 79)::bytea)",
        also: &["encrypted-column-type"],
    },
    Case {
        rule: "rows-unreadable",
        object: "database {database}",
        flaw: "SET LOCAL ROLE {app}",
        twin: "ALTER ROLE {migrator} BYPASSRLS; GRANT pg_read_all_data TO {migrator}; SET LOCAL ROLE {migrator}",
        also: &[],
    },
    Case {
        rule: "rows-unreadable",
        object: "database {database}",
        flaw: "CREATE EXTENSION citext; ALTER TABLE projects ADD COLUMN code citext, ADD UNIQUE (tenant_id, code);
               ALTER TABLE tasks ADD COLUMN project_code citext,
                   ADD FOREIGN KEY (tenant_id, project_code) REFERENCES projects (tenant_id, code)",
        twin: "",
        also: &["column-unknown", "index-not-leakproof"],
    },
];

/// On tenants that are texts.
pub(crate) const TEXTS: &[Case] = &[Case {
    rule: "rows-without-tenant",
    object: "column public.members.tenant_id",
    flaw: "ALTER TABLE members DROP CONSTRAINT tenancy_members_tenant_check;
           INSERT INTO members VALUES ('', 1, 'nobody')",
    twin: "INSERT INTO members VALUES ('acme', 1, 'somebody')",
    also: &["tenant-empty"],
}];

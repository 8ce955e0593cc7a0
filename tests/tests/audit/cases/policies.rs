use crate::case::Case;

/// A policy for each command, instead of one for all.
const PER_COMMAND: &str = "
    DROP POLICY tenancy_scope ON projects; DROP POLICY tenancy_guard ON projects;
    DO $$
    DECLARE
        name text; kind text; command text; condition text;
    BEGIN
        condition := '(tenant_id = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid))';
        FOR name, kind IN VALUES ('tenancy_scope', 'PERMISSIVE'), ('tenancy_guard', 'RESTRICTIVE') LOOP
            FOREACH command IN ARRAY ARRAY['select', 'insert', 'update', 'delete'] LOOP
                EXECUTE format('CREATE POLICY %s_%s ON projects AS %s FOR %2$s TO {app}, {eraser}',
                        name, command, kind)
                    || CASE WHEN command <> 'insert' THEN ' USING ' || condition ELSE '' END
                    || CASE WHEN command IN ('insert', 'update') THEN ' WITH CHECK ' || condition ELSE '' END;
            END LOOP;
        END LOOP;
    END $$";

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "policy-extra",
        object: "policy support on public.projects",
        flaw: "CREATE POLICY support ON projects TO {app} USING (true)",
        // A policy of its own for each command, with the right condition.
        twin: "CREATE POLICY reading ON projects FOR SELECT TO {app}
               USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        also: &[],
    },
    Case {
        rule: "policy-extra",
        object: "policy \"SELECT\" on billing.invoices",
        flaw: "CREATE POLICY \"SELECT\" ON billing.invoices FOR SELECT USING (cents < 0)",
        // Restrictive policies only take away.
        twin: "CREATE POLICY paid ON billing.invoices AS RESTRICTIVE FOR SELECT TO {app} USING (cents > 0)",
        also: &[],
    },
    // Through a role that the application is a member of.
    Case {
        rule: "policy-extra",
        object: "policy team on public.tasks",
        flaw: "CREATE ROLE audit_team; GRANT audit_team TO {app};
               CREATE POLICY team ON tasks FOR INSERT TO audit_team WITH CHECK (true)",
        twin: "CREATE ROLE audit_team; GRANT audit_team TO {app}",
        also: &[],
    },
    Case {
        rule: "policy-no-guard",
        object: "table public.projects",
        flaw: "DROP POLICY tenancy_guard ON projects",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-no-guard",
        object: "table public.projects",
        flaw: "ALTER POLICY tenancy_guard ON projects TO {eraser}",
        twin: "ALTER POLICY tenancy_guard ON projects TO {app}, {eraser}",
        also: &[],
    },
    Case {
        rule: "policy-no-guard",
        object: "table public.projects",
        flaw: "DROP POLICY tenancy_guard ON projects;
               CREATE POLICY tenancy_guard ON projects AS RESTRICTIVE FOR SELECT TO {app}, {eraser}
               USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "ALTER POLICY tenancy_guard ON projects RENAME TO hold",
        also: &[],
    },
    Case {
        rule: "policy-command-uncovered",
        object: "table public.projects",
        flaw: "DROP POLICY tenancy_scope ON projects;
               CREATE POLICY tenancy_scope ON projects FOR SELECT TO {app}, {eraser}
               USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: PER_COMMAND,
        also: &[],
    },
    Case {
        rule: "policy-check-missing",
        object: "policy tenancy_scope on public.projects",
        flaw: "DROP POLICY tenancy_scope ON projects;
               CREATE POLICY tenancy_scope ON projects TO {app}, {eraser}
               USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-admin-writes",
        object: "policy tenancy_admin on public.projects",
        flaw: "DROP POLICY tenancy_admin ON projects;
               CREATE POLICY tenancy_admin ON projects TO {admin} USING (true)",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-for-unknown-role",
        object: "policy reports on public.projects",
        flaw: "CREATE ROLE audit_reports; CREATE POLICY reports ON projects TO audit_reports USING (true)",
        twin: "CREATE ROLE audit_reports;
               CREATE POLICY reports ON projects AS RESTRICTIVE TO audit_reports USING (false)",
        also: &[],
    },
    Case {
        rule: "policy-for-unknown-role",
        object: "policy everybody on public.projects",
        flaw: "CREATE POLICY everybody ON projects
               USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-on-unscoped-table",
        object: "table public.countries",
        flaw: "CREATE POLICY known ON countries USING (code <> 'xx')",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-references-missing",
        object: "table tenancy.reference_uuid_via",
        flaw: "DROP TABLE tenancy.reference_uuid_via",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-references-missing",
        object: "table tenancy.reference_uuid",
        flaw: "ALTER POLICY tenancy_scope ON tenancy.reference_uuid USING (true)",
        twin: "",
        also: &[],
    },
];

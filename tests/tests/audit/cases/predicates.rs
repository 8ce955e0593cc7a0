use crate::case::Case;

/// `object` for the policy that a case replaces.
const SCOPE: &str = "policy tenancy_scope on public.projects";

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "policy-always-true",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects USING (true) WITH CHECK (true)",
        twin: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
               WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        also: &[],
    },
    Case {
        rule: "policy-always-true",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects USING (tenant_id = tenant_id) WITH CHECK (1 = 1)",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-always-true",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects
               USING (NOT (tenant_id IS NULL)) WITH CHECK ((SELECT true))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-always-true",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects USING (
                   tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid) OR true)",
        // The order of what is compared, and the case of the variable, mean nothing.
        twin: "ALTER POLICY tenancy_scope ON projects USING (
                   (SELECT nullif(current_setting('App.Tenant_Id', true), '')::uuid) = tenant_id)",
        also: &[],
    },
    Case {
        rule: "policy-or-wider",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects USING (
                   tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)
                   OR current_setting('app.support', true) = 'on')",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-or-wider",
        object: "policy tenancy_scope on public.tasks",
        flaw: "ALTER POLICY tenancy_scope ON tasks USING (title = 'public' OR
                   tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-wrong-variable",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid))
               WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-missing-ok",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-empty-tenant",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = (SELECT current_setting('app.tenant_id', true)::uuid))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-variable-per-row",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-cast-per-row",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), ''))::uuid)",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-wrong-column",
        object: "policy tenancy_scope on public.documents",
        flaw: "ALTER POLICY tenancy_scope ON documents
               USING (id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "",
        also: &[],
    },
    // A quoted name that reads like the column.
    Case {
        rule: "policy-wrong-column",
        object: SCOPE,
        flaw: "ALTER TABLE projects ADD \"TENANT_ID\" uuid;
               ALTER POLICY tenancy_scope ON projects
               USING (\"TENANT_ID\" = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "ALTER TABLE projects RENAME COLUMN api_key TO \"API\";
               ALTER TABLE projects RENAME COLUMN \"API\" TO api_key",
        also: &["column-unknown"],
    },
    Case {
        rule: "policy-owner-not-tied",
        object: "policy tenancy_scope on public.files",
        flaw: "ALTER POLICY tenancy_scope ON files USING (EXISTS (SELECT 1 FROM documents AS d WHERE
                   d.tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))",
        // Another alias means the same.
        twin: "ALTER POLICY tenancy_scope ON files USING (EXISTS (SELECT 1 FROM documents AS d WHERE
                   d.tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)
                   AND files.document_id = d.id))",
        also: &[],
    },
    // The row is compared with itself, because the name of the inner table hides the outer one.
    Case {
        rule: "policy-owner-not-tied",
        object: "policy tenancy_scope on public.files",
        flaw: "ALTER POLICY tenancy_scope ON files USING (EXISTS (SELECT 1 FROM documents AS d WHERE
                   d.id = d.id
                   AND d.tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-owner-not-tied",
        object: "policy tenancy_scope on public.files",
        flaw: "ALTER POLICY tenancy_scope ON files USING (
                   EXISTS (SELECT 1 FROM documents AS d WHERE d.id = files.document_id))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-owner-not-tied",
        object: "policy tenancy_scope on public.files",
        flaw: "CREATE TABLE billing.documents (LIKE public.documents);
               ALTER POLICY tenancy_scope ON files USING (EXISTS (SELECT 1 FROM billing.documents AS d
                   WHERE d.id = files.document_id
                   AND d.tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)))",
        twin: "",
        also: &["table-unknown"],
    },
    Case {
        rule: "policy-wrong-variable",
        object: "policy tenancy_guard on public.files",
        flaw: "ALTER POLICY tenancy_guard ON files USING (EXISTS (SELECT 1 FROM documents AS d
                   WHERE d.id = files.document_id
                   AND d.tenant_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-immutable-function",
        object: SCOPE,
        flaw: "CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql IMMUTABLE
                   AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;
               ALTER POLICY tenancy_scope ON projects USING (tenant_id = (SELECT current_tenant()))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-definer-function",
        object: SCOPE,
        flaw: "CREATE FUNCTION billing.\"Tenant\"() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
                   SET search_path = '' AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;
               REVOKE EXECUTE ON FUNCTION billing.\"Tenant\"() FROM PUBLIC;
               ALTER POLICY tenancy_scope ON projects USING (tenant_id = (SELECT billing.\"Tenant\"()))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-function",
        object: SCOPE,
        flaw: "CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE
                   AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;
               ALTER POLICY tenancy_scope ON projects USING (tenant_id = current_tenant())",
        twin: "",
        also: &[],
    },
    // A function in an array, which the parser does not read.
    Case {
        rule: "policy-function",
        object: SCOPE,
        flaw: "CREATE FUNCTION tenants() RETURNS uuid[] LANGUAGE sql VOLATILE AS $$ SELECT '{}'::uuid[] $$;
               ALTER POLICY tenancy_scope ON projects USING (tenant_id = ANY (tenants()))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-text-differs",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects USING (tenant_id IN (SELECT id FROM organisations))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-text-differs",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects USING (tenant_id = coalesce(
                   (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid),
                   '00000000-0000-0000-0000-000000000001'))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-text-differs",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects USING (
                   tenant_id <> (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "",
        also: &[],
    },
    // An operator that only looks like equality.
    Case {
        rule: "policy-text-differs",
        object: SCOPE,
        flaw: "CREATE FUNCTION billing.same(uuid, uuid) RETURNS bool LANGUAGE sql AS 'SELECT true';
               CREATE OPERATOR billing.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = billing.same);
               ALTER POLICY tenancy_scope ON projects USING (tenant_id OPERATOR(billing.=)
                   (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-narrower",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects USING (name <> 'hidden' AND
                   tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-function",
        object: SCOPE,
        flaw: "CREATE FUNCTION is_seen(text) RETURNS bool LANGUAGE sql STABLE AS 'SELECT true';
               ALTER POLICY tenancy_scope ON projects USING (is_seen(name) AND
                   tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        twin: "",
        also: &["policy-narrower"],
    },
    Case {
        rule: "policy-check-wider",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects WITH CHECK (true)",
        twin: "",
        also: &[],
    },
    Case {
        rule: "policy-check-wider",
        object: "policy tenancy_guard on public.files",
        flaw: "ALTER POLICY tenancy_guard ON files WITH CHECK (document_id IS NOT NULL)",
        twin: "",
        also: &[],
    },
    // A sealed tenant, verified by the library's function.
    Case {
        rule: "policy-wrong-variable",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = (SELECT tenancy.sealed_tenant('app.user_id', false)::uuid))
               WITH CHECK (tenant_id = (SELECT tenancy.sealed_tenant('app.user_id', false)::uuid))",
        twin: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid))
               WITH CHECK (tenant_id = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid))",
        also: &[],
    },
    Case {
        rule: "policy-variable-per-row",
        object: SCOPE,
        flaw: "ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = tenancy.sealed_tenant('app.tenant_id', false)::uuid)
               WITH CHECK (tenant_id = tenancy.sealed_tenant('app.tenant_id', false)::uuid)",
        twin: "",
        also: &[],
    },
    // The same, by a function that was changed and verifies nothing.
    Case {
        rule: "policy-definer-function",
        object: SCOPE,
        flaw: "CREATE OR REPLACE FUNCTION tenancy.sealed_tenant(variable text, strict boolean) RETURNS text
               LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
               AS 'BEGIN RETURN current_setting(variable, true); END';
               ALTER POLICY tenancy_scope ON projects
               USING (tenant_id = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid))
               WITH CHECK (tenant_id = (SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid))",
        twin: "",
        also: &[],
    },
];

/// Where the policies were written so that a missing tenant is an error.
pub(crate) const STRICT: &[Case] = &[Case {
    rule: "policy-hides-missing",
    object: SCOPE,
    flaw: "",
    twin: "",
    also: &[],
}];

//! Tenants that are texts.

use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "tenant-empty",
        object: "column public.members.tenant_id",
        flaw: "ALTER TABLE members DROP CONSTRAINT tenancy_members_tenant_check",
        twin: "ALTER TABLE members DROP CONSTRAINT tenancy_members_tenant_check,
                   ADD CHECK (length(tenant_id) > 0)",
        also: &[],
    },
    Case {
        rule: "tenant-empty",
        object: "column public.members.tenant_id",
        flaw: "ALTER TABLE members DROP CONSTRAINT tenancy_members_tenant_check,
                   ADD CHECK (tenant_id <> '' OR id > 5)",
        twin: "ALTER TABLE members DROP CONSTRAINT tenancy_members_tenant_check,
                   ADD CHECK (tenant_id <> '')",
        also: &[],
    },
    Case {
        rule: "tenant-collation",
        object: "column public.members.tenant_id",
        flaw: "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
               DROP POLICY tenancy_scope ON members; DROP POLICY tenancy_guard ON members;
               ALTER TABLE members ALTER tenant_id TYPE text COLLATE loose",
        twin: "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
               ALTER TABLE members ALTER name TYPE text COLLATE loose",
        also: &["rls-no-policy"],
    },
];

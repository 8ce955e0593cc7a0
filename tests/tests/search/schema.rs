//! The schema of these tests: the tables of the index, as any other tables of a tenant.

use tenancy_tests::OrgId;

tenancy_diesel::tenant_schema! {
    include = "generated.rs",
    tenant = tenant_id: OrgId,
}

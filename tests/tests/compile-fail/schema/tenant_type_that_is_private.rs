//~ E0446
//~ private type `OrgId` in public interface

use tenancy_diesel::TenantId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
struct OrgId(i32);
//~ right: pub struct OrgId(i32);

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: super::OrgId,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}

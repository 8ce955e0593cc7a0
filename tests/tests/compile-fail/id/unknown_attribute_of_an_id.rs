//~ expected `variable`, `validate` or `crate`

use tenancy_diesel::TenantId;

#[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
#[tenant_id(name = "app.tenant")]
//~ right: #[tenant_id(variable = "app.tenant")]
pub struct OrgId(pub i32);

fn main() {}

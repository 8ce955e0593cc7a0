//~ a session variable is a qualified name of lower-case letters, digits and underscores, such as "app.tenant_id"

use tenancy_diesel::TenantId;

#[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
#[tenant_id(variable = "App.tenant")]
//~ right: #[tenant_id(variable = "app.tenant")]
pub struct OrgId(pub i32);

fn main() {}

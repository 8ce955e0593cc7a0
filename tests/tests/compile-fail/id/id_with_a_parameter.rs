//~ a tenant id has no parameters: it is one type of id

use tenancy_diesel::TenantId;

#[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId<T>(pub T);
//~ right: pub struct OrgId(pub i32);

fn main() {}

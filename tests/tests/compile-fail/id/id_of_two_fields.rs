//~ `TenantId` is derived for a newtype: `struct OrgId(Uuid);`

use tenancy_diesel::TenantId;

#[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId(pub i32, pub i32);
//~ right: pub struct OrgId(pub i32);

fn main() {}

//~ E0277
//~ the trait bound `OrgId: Hash` is not satisfied

use tenancy_diesel::TenantId;

#[derive(Debug, TenantId)]
//~ right: #[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId(pub i32);

fn main() {}

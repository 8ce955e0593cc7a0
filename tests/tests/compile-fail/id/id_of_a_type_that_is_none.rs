//~ E0277
//~ `bool` is not a tenant id that a column can hold
//~ use `Uuid`, `i32`, `i64`, `String` or a newtype around one with `#[derive(TenantId)]`

use tenancy_diesel::TenantId;

#[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId(pub bool);
//~ right: pub struct OrgId(pub i32);

fn main() {}

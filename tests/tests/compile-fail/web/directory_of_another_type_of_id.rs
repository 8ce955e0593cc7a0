//~ E0271
//~ expected `OrgId`, found `i64`

use shop::*;
use tenancy_axum::{PathParam, TenantLayer, VouchedFor};

pub fn run(pool: TenantPool) {
    let _ = TenantLayer::new(pool, PathParam::named("org"), VouchedFor::<i64>::new());
    //~ right: let _ = TenantLayer::new(pool, PathParam::named("org"), VouchedFor::<OrgId>::new());
}

fn main() {}

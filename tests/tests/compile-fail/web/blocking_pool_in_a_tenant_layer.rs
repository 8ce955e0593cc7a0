//~ E0277
//~ a tenant layer cannot use
//~ over an asynchronous pool: bb8 or deadpool

use shop::*;
use tenancy_axum::{PathParam, TenantLayer, VouchedFor};
use tenancy_diesel::r2d2::Pool;

pub fn run(blocking: TenantPool<Pool>, pool: TenantPool) {
    let _ = TenantLayer::new(blocking.clone(), PathParam::named("org"), VouchedFor::new());
    //~ right: let _ = TenantLayer::new(pool.clone(), PathParam::named("org"), VouchedFor::new());
    let _ = (blocking, pool);
}

fn main() {}

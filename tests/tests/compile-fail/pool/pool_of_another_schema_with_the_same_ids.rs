//~ E0308
//~ expected `shop::schema::__TenancySchema`, found `shop::vault::__TenancySchema`

use shop::*;

pub fn run(pool: &TenantPool, other: &vault::TenantPool) {
    let _the_shop: &TenantPool = other;
    //~ right: let _the_shop: &TenantPool = pool;
    let _ = (pool, other);
}

fn main() {}

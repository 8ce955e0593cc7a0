//~ E0308
//~ expected `OrgId`, found `UserId`

use shop::*;

pub async fn run(pool: &TenantPool) {
    let _scope = pool.scope(UserId(1)).await;
    //~ right: let _scope = pool.scope(OrgId(1)).await;
}

fn main() {}

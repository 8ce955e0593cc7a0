//~ E0599
//~ no method named `get` found

use shop::*;

pub async fn run(pool: &TenantPool) {
    let _conn = pool.get().await;
    //~ right: let _conn = pool.scope(OrgId(1)).await;
}

fn main() {}

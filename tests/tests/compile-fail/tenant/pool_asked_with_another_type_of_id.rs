//~ ?

use shop::*;

pub async fn run(pool: &TenantPool) -> Result<(), tenancy_diesel::bb8::Error> {
    let _scope = pool.scope(UserId(1)).await?;
    //~ right: let _scope = pool.scope(OrgId(1)).await?;
    Ok(())
}

fn main() {}

//~ E0277
//~ is not a future

use shop::*;
use tenancy_diesel::pool::Error;
use tenancy_diesel::r2d2::Pool;

pub async fn run(pool: &TenantPool<Pool>) -> Result<(), Error> {
    let _scope = pool.scope(OrgId(1)).await?;
    //~ right: let _scope = pool.scope(OrgId(1))?;
    Ok(())
}

fn main() {}

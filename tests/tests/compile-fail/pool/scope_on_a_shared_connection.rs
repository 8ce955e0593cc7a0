//~ E0277
//~ a scope cannot be opened on `SharedConn

use shop::*;
use tenancy_diesel::pool::Error;

pub async fn run(pool: &TenantPool) -> Result<(), Error> {
    let _scope = tenancy_diesel::Scoped::open(pool.shared().await?, OrgId(1))?;
    //~ right: let _scope = pool.scope(OrgId(1)).await?;
    Ok(())
}

fn main() {}

//~ ?

use shop::*;

pub async fn run(pool: &TenantPool) -> Result<(), Box<dyn std::error::Error>> {
    pool.get().await.map(drop)?;
    //~ right: pool.scope(OrgId(1)).await.map(drop)?;
    Ok(())
}

fn main() {}

//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut SharedConn<Lease<...>, ...>`

use diesel_async::RunQueryDsl;
use shop::*;
use tenancy_diesel::pool::Error;

pub async fn run(pool: &TenantPool) -> Result<i64, Error> {
    let conn = &mut pool.shared().await?;
    Ok(projects::table.count().get_result(conn).await?)
    //~ right: Ok(countries::table.count().get_result(conn).await?)
}

fn main() {}

//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut SharedConn<..., ...>`

use shop::*;
use tenancy_diesel::pool::Error;
use tenancy_diesel::r2d2::Pool;

pub fn run(pool: &TenantPool<Pool>) -> Result<i64, Error> {
    let conn = &mut pool.shared()?;
    Ok(projects::table.count().get_result(conn)?)
    //~ right: Ok(countries::table.count().get_result(conn)?)
}

fn main() {}

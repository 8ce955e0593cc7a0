//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut SharedConn<..., ...>`

use shop::*;
use tenancy_diesel::r2d2::Lease;
use tenancy_diesel::pool::SharedConn;

pub fn run(conn: &mut SharedConn<Lease, OrgId>) -> QueryResult<usize> {
    update(projects::table).set(projects::name.eq("house")).execute(conn)
    //~ right: update(countries::table).set(countries::label.eq("house")).execute(conn)
}

fn main() {}

//~ E0277
//~ the tenant column cannot be written
//~ leave the tenant column out: the scope fills it in on INSERT

use shop::*;
use tenancy_diesel::prelude::*;

pub fn add(org: OrgId, conn: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    let new = (projects::id.eq(1), projects::name.eq("roof"));
    insert_into(projects::table).values((projects::tenant_id.eq(org), new)).execute(conn)
    //~ right: insert_into(projects::table).values(new).execute(conn)
}

fn main() {}

//~ E0308
//~ expected `&mut Scoped<_, OrgId>`

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    delete(projects::table).execute(cross)
    //~ right: delete(projects::table).execute(scope)
}

fn main() {}

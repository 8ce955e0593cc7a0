//~ E0603
//~ module `read` is private

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;
#[allow(unused_imports)]
use tenancy_diesel::crossing::ReadAcross;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross) {
    let _statement = ReadAcross::<i32>::prepare(projects::table.select(projects::id), tenancy_diesel::crossing::read::CrossTenantAlone(()));
    //~ right: let _statement = cross.load::<i32>(projects::table.select(projects::id));
}

fn main() {}

//~ E0308
//~ expected `&mut Scoped<_, ClinicId>`, found `&mut Scoped<PgConnection, OrgId>`

use shop::clinic::patients;
use shop::*;
use tenancy_diesel::dsl::{exists, select};

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<bool> {
    select(exists(patients::table)).get_result(scope)
    //~ right: select(exists(projects::table)).get_result(scope)
}

fn main() {}

//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut Scoped<PgConnection, ClinicId>`

use shop::*;

pub fn run(
    clinic: &mut clinic::Scoped<PgConnection>,
    scope: &mut Scoped<PgConnection>,
) -> QueryResult<i64> {
    projects::table.count().get_result(clinic)
    //~ right: projects::table.count().get_result(scope)
}

fn main() {}

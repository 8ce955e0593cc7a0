//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut Scoped<PgConnection, ClinicId>`

use shop::*;

pub fn run(
    clinic: &mut clinic::Scoped<PgConnection>,
    scope: &mut Scoped<PgConnection>,
) -> QueryResult<usize> {
    delete(projects::table).execute(clinic)
    //~ right: delete(projects::table).execute(scope)
}

fn main() {}

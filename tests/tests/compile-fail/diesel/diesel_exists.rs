//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(projects::table)).get_result(scope)
    //~ right: tenancy_diesel::select(tenancy_diesel::exists(projects::table)).get_result(scope)
}

fn main() {}

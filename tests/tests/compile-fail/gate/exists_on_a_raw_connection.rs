//~ ?

use shop::*;
use tenancy_diesel::{exists, select};

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<bool> {
    select::<_, OrgId>(exists(projects::table)).get_result(raw)
    //~ right: select::<_, OrgId>(exists(projects::table)).get_result(scope)
}

fn main() {}

//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.filter(projects::tenant_id.eq("acme")).count().get_result(scope)
    //~ right: projects::table.filter(projects::tenant_id.eq(OrgId(2))).count().get_result(scope)
}

fn main() {}

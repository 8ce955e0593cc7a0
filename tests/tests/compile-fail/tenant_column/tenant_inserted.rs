//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values(projects::tenant_id.eq(OrgId(2))).execute(scope)
    //~ right: insert_into(projects::table).values(projects::id.eq(2)).execute(scope)
}

fn main() {}

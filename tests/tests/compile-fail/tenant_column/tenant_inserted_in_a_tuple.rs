//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values((projects::id.eq(1), projects::tenant_id.eq(OrgId(2)))).execute(scope)
    //~ right: insert_into(projects::table).values((projects::id.eq(1), projects::name.eq("roof"))).execute(scope)
}

fn main() {}

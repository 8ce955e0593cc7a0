//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    update(projects::table.find(1)).set(projects::tenant_id.eq(projects::id)).execute(scope)
    //~ right: update(projects::table.find(1)).set(projects::name.eq(projects::country)).execute(scope)
}

fn main() {}

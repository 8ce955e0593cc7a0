//~ ?

use shop::*;

pub fn run(new: NewProject, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values(new).on_conflict(projects::id).do_update().set(projects::tenant_id.eq(OrgId(2))).execute(scope)
    //~ right: insert_into(projects::table).values(new).on_conflict(projects::id).do_update().set(projects::name.eq("roof")).execute(scope)
}

fn main() {}

//~ ?

use shop::*;
use diesel::upsert::excluded;

pub fn run(new: NewProject, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values(new).on_conflict(projects::id).do_update().set(projects::tenant_id.eq(excluded(projects::tenant_id))).execute(scope)
    //~ right: insert_into(projects::table).values(new).on_conflict(projects::id).do_update().set(projects::name.eq(excluded(projects::name))).execute(scope)
}

fn main() {}

//~ E0277
//~ UseTheFunctionsOfTenancyDiesel

use diesel::JoinTo;
use diesel::query_builder::AsQuery;
use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    let (_inner, _on) =
        <projects::ScopedTable as JoinTo<tasks::ScopedTable>>::join_target(tasks::table);
    diesel::delete(_inner.as_query()).execute(raw)
    //~ right: delete(tasks::table).execute(scope)
}

fn main() {}

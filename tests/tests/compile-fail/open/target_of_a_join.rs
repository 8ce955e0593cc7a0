//! Compiles: the associated function of `JoinTo` hands out the table reference inside, and a select of
//! it is a target for `diesel::delete`. The statement has no filter; row-level security confines it.

use diesel::JoinTo;
use diesel::query_builder::AsQuery;
use shop::*;

pub fn run(raw: &mut PgConnection) -> QueryResult<usize> {
    let (inner, _on) =
        <projects::ScopedTable as JoinTo<tasks::ScopedTable>>::join_target(tasks::table);
    diesel::delete(inner.as_query()).execute(raw)
}

fn main() {}

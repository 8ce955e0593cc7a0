//! What `table!` generates beside the table and its columns.

use diesel::pg::Pg;
use diesel::prelude::*;

use crate::world::World;

#[test]
fn the_dsl_module() {
    let world = World::to_read();
    let rows = same!(world, |conn| {
        use tasks::dsl::{done, id, tasks as all, title};
        all.filter(done.eq(true).and(id.gt(1)))
            .order(id)
            .select(title)
            .load::<String>(conn)
    });
    assert_eq!(rows.unwrap().len(), 2);
}

#[test]
fn all_columns() {
    type Row = (uuid::Uuid, i32, String);
    let world = World::to_read();
    let rows = same!(world, |conn| documents::table
        .select(documents::all_columns)
        .load::<Row>(conn));
    assert_eq!(rows.unwrap().len(), 1);
    let rows = same!(world, |conn| projects::table
        .inner_join(tasks::table)
        .filter(tasks::id.eq(1))
        .select(projects::all_columns)
        .load::<(uuid::Uuid, i32, String, Option<String>, Option<i32>)>(conn));
    assert_eq!(rows.unwrap().len(), 1);
}

#[test]
fn types_of_queries() {
    let world = World::to_read();
    let rows = same!(world, |conn| {
        fn open<'a>() -> tasks::BoxedQuery<'a, Pg> {
            tasks::table.filter(tasks::done.eq(false)).into_boxed()
        }
        open().order(tasks::id).select(tasks::id).load::<i32>(conn)
    });
    assert_eq!(rows, Ok(vec![1, 3]));
}

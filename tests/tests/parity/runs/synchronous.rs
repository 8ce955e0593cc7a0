use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use crate::world::World;

#[test]
fn load_and_get_results() {
    let world = World::new();
    let rows = same!(world, |conn| tasks::table
        .order(tasks::id)
        .select(tasks::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![1, 2, 3, 4]));
    let rows = same!(world, |conn| tasks::table
        .order(tasks::id)
        .select((tasks::id, tasks::title))
        .get_results::<(i32, String)>(conn));
    assert_eq!(rows.unwrap().len(), 4);
}

#[test]
fn first_and_get_result() {
    let world = World::new();
    let row = same!(world, |conn| tasks::table
        .order(tasks::id.desc())
        .select(tasks::id)
        .first::<i32>(conn));
    assert_eq!(row, Ok(4));
    let row = same!(world, |conn| tasks::table
        .filter(tasks::id.eq(99))
        .select(tasks::id)
        .first::<i32>(conn));
    assert_eq!(row, Err(diesel::result::Error::NotFound));
    let row = same!(world, |conn| tasks::table
        .find(99)
        .select(tasks::id)
        .get_result::<i32>(conn)
        .optional());
    assert_eq!(row, Ok(None));
}

#[test]
fn execute() {
    let world = World::new();
    let count = same!(world, |conn| tasks::table.select(tasks::id).execute(conn));
    assert_eq!(count, Ok(4));
    let count = same!(world, |conn| update(tasks::table)
        .set(tasks::points.eq(0))
        .execute(conn));
    assert_eq!(count, Ok(4));
}

#[test]
fn load_iter() {
    let world = World::new();
    let rows = same!(world, |conn| {
        let rows = tasks::table
            .order(tasks::id)
            .select((tasks::id, tasks::title))
            .load_iter::<(i32, String), DefaultLoadingMode>(conn)
            .unwrap();
        rows.map(|row| row.unwrap().1).collect::<Vec<_>>()
    });
    assert_eq!(rows.len(), 4);
    let rows = same!(world, |conn| {
        let rows = tasks::table
            .order(tasks::id)
            .select(tasks::id)
            .load_iter::<i32, DefaultLoadingMode>(conn)
            .unwrap();
        rows.collect::<QueryResult<Vec<_>>>()
    });
    assert_eq!(rows, Ok(vec![1, 2, 3, 4]));
}

use diesel::prelude::*;

use crate::world::World;

#[test]
fn delete_and_filter() {
    let world = World::new();
    let count = same!(world, |conn| delete(tasks::table.find(1)).execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| delete(tasks::table)
        .filter(tasks::done)
        .filter(tasks::points.gt(2))
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| delete(tasks::table.filter(tasks::id.gt(0)))
        .execute(conn));
    assert_eq!(count, Ok(2));
    let count = same!(world, |conn| delete(files::table).execute(conn));
    assert_eq!(count, Ok(1));
}

#[test]
fn or_filter() {
    let world = World::new();
    let count = same!(world, |conn| delete(tasks::table)
        .filter(tasks::id.eq(1))
        .or_filter(tasks::points.eq(2))
        .execute(conn));
    assert_eq!(count, Ok(2));
}

#[test]
fn into_boxed() {
    let world = World::new();
    let count = same!(world, |conn| {
        let mut statement = delete(tasks::table).into_boxed();
        statement = statement.filter(tasks::id.eq(1));
        statement = statement.or_filter(tasks::id.eq(2));
        statement.execute(conn)
    });
    assert_eq!(count, Ok(2));
}

#[test]
fn returning() {
    let world = World::new();
    let rows = same!(world, |conn| {
        let mut rows = delete(tasks::table.filter(tasks::done))
            .returning(tasks::title)
            .get_results::<String>(conn)
            .unwrap();
        rows.sort_unstable();
        rows
    });
    assert_eq!(rows, ["four a", "two a"]);
    let row = same!(world, |conn| delete(documents::table).get_result::<(
        uuid::Uuid,
        i32,
        String
    )>(conn));
    assert_eq!(row.unwrap().2, "plan a");
}

use diesel::prelude::*;

use crate::world::World;

#[test]
fn set() {
    let world = World::new();
    let count = same!(world, |conn| update(projects::table.find(1))
        .set(projects::name.eq("first"))
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| update(
        projects::table.filter(projects::id.gt(1))
    )
    .set((
        projects::country.eq("de"),
        projects::parent_id.eq(None::<i32>)
    ))
    .execute(conn));
    assert_eq!(count, Ok(2));
    let count = same!(world, |conn| update(tasks::table)
        .set(tasks::points.eq(tasks::points + 1))
        .execute(conn));
    assert_eq!(count, Ok(4));
    let count = same!(world, |conn| update(projects::table.find(2))
        .set(&ProjectChanges {
            name: Some("second"),
            country: Some(None)
        })
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| update(files::table)
        .set(files::name.eq("renamed.pdf"))
        .execute(conn));
    assert_eq!(count, Ok(1));
}

#[test]
fn an_empty_changeset() {
    let world = World::new();
    let nothing = same!(world, |conn| update(projects::table.find(1))
        .set(ProjectChanges::default())
        .execute(conn)
        .optional_empty_changeset());
    assert_eq!(nothing, Ok(None));
}

#[test]
fn filter() {
    let world = World::new();
    let count = same!(world, |conn| update(tasks::table)
        .filter(tasks::done)
        .filter(tasks::points.gt(2))
        .set(tasks::title.eq("late"))
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| update(tasks::table)
        .set(tasks::title.eq("later"))
        .filter(
            tasks::project_id.eq_any(
                projects::table
                    .select(projects::id)
                    .filter(projects::country.eq("de"))
            )
        )
        .execute(conn));
    assert_eq!(count, Ok(2));
}

#[test]
fn into_boxed() {
    let world = World::new();
    let count = same!(world, |conn| {
        let mut statement = update(tasks::table)
            .set(tasks::title.eq("boxed"))
            .into_boxed();
        statement = statement.filter(tasks::done);
        statement = statement.filter(tasks::id.gt(2));
        statement.execute(conn)
    });
    assert_eq!(count, Ok(1));
}

#[test]
fn returning() {
    let world = World::new();
    let rows = same!(world, |conn| {
        let mut rows = update(tasks::table.filter(tasks::done))
            .set(tasks::points.eq(9))
            .returning((tasks::id, tasks::points))
            .get_results::<(i32, i32)>(conn)
            .unwrap();
        rows.sort_unstable();
        rows
    });
    assert_eq!(rows, [(2, 9), (4, 9)]);
    let task = same!(world, |conn| update(tasks::table.find(1))
        .set(tasks::title.eq("uno"))
        .returning(Task::as_returning())
        .get_result(conn)
        .map(|task| (task.id, task.title)));
    assert_eq!(task, Ok((1, "uno".to_owned())));
    let row = same!(world, |conn| update(documents::table)
        .set(documents::title.eq("whole"))
        .get_result::<(uuid::Uuid, i32, String)>(conn));
    assert_eq!(row.unwrap().2, "whole");
}

/// `or_filter` belongs to the query that is updated.
#[test]
fn an_or_filter_of_the_target() {
    let world = World::new();
    let count = same!(world, |conn| update(
        tasks::table
            .filter(tasks::id.eq(1))
            .or_filter(tasks::id.eq(2))
    )
    .set(tasks::title.eq("either"))
    .execute(conn));
    assert_eq!(count, Ok(2));
}

#[test]
fn a_sub_query_in_set() {
    let world = World::new();
    let row = same!(world, |conn| update(tasks::table.find(1))
        .set(
            tasks::title.eq(projects::table
                .order(projects::id.desc())
                .select(projects::name)
                .limit(1)
                .single_value()
                .assume_not_null())
        )
        .returning(tasks::title)
        .get_result::<String>(conn));
    assert_eq!(row, Ok("gamma a".to_owned()));
}

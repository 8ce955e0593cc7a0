//! SQL of the application's own has no filter: row-level security confines it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use crate::world::World;

#[derive(Debug, PartialEq, QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    title: String,
}

#[test]
fn sql_query_gives_the_rows_of_the_tenant() {
    let world = World::new();
    let sql = "SELECT id, title FROM tasks WHERE id > $1 ORDER BY id";
    let expected: Vec<Row> = diesel::sql_query(sql)
        .bind::<Integer, _>(1)
        .load(&mut world.plain())
        .unwrap();
    assert_eq!(expected.len(), 3);
    let conn = &mut world.shared[0].scope();
    let found: Vec<Row> = diesel::sql_query(sql)
        .bind::<Integer, _>(1)
        .load(conn)
        .unwrap();
    assert_eq!(found, expected);
    let found: Vec<Row> = diesel::sql_query("SELECT id, title FROM tasks WHERE id > ")
        .into_boxed()
        .bind::<Integer, _>(1)
        .sql("$1 ORDER BY id")
        .load(conn)
        .unwrap();
    assert_eq!(found, expected);
    let found: Vec<Row> = diesel::sql_query("SELECT id, title FROM tasks WHERE id > $1")
        .bind::<Integer, _>(1)
        .sql(" ORDER BY id")
        .load(conn)
        .unwrap();
    assert_eq!(found, expected);
    let count = diesel::sql_query("DELETE FROM tasks").execute(conn);
    assert_eq!(count, Ok(4));
    assert!(
        world.shared[0]
            .rows_of(tenancy_tests::B)
            .iter()
            .any(|row| row.starts_with("tasks "))
    );
}

#[test]
fn batch_execute_changes_the_rows_of_the_tenant() {
    let world = World::new();
    let foreign = world.shared[0].rows_of(tenancy_tests::B);
    let conn = &mut world.shared[0].scope();
    let done = conn.batch_execute("UPDATE tasks SET title = 'raw'; DELETE FROM comments");
    assert_eq!(done, Ok(()));
    assert_eq!(world.shared[0].rows_of(tenancy_tests::B), foreign);
    world
        .plain()
        .batch_execute("UPDATE tasks SET title = 'raw'; DELETE FROM comments")
        .unwrap();
    assert_eq!(
        Some(world.shared[0].rows_of(tenancy_tests::A)),
        world.rows()
    );
}

#[test]
fn a_select_of_raw_sql_gives_the_rows_of_the_tenant() {
    let world = World::to_read();
    let count = diesel::dsl::sql::<BigInt>("SELECT count(*) FROM tasks");
    let found = count.get_result::<i64>(&mut world.shared[0].scope());
    assert_eq!(found, Ok(4));
}

use diesel::connection::SimpleConnection;
use diesel::dsl::{OnlyDsl as _, TablesampleDsl as _};
use diesel::prelude::*;
use tenancy_tests::{A, B};

use crate::world::World;

/// A table that inherits from `tasks`, with a row of each tenant.
const CHILD: &str = "CREATE TABLE late_tasks () INHERITS (tasks)";

#[test]
fn only() {
    let world = World::new();
    let row = |tenant: uuid::Uuid| {
        format!(
            "INSERT INTO late_tasks (tenant_id, id, project_id, title) VALUES ('{tenant}', 50, 1, 'late')"
        )
    };
    world
        .plain()
        .batch_execute(&format!("{CHILD}; {}", row(A.0)))
        .unwrap();
    for shared in &world.shared {
        let sql = format!("{CHILD}; {}; {}", row(A.0), row(B.0));
        shared.superuser().batch_execute(&sql).unwrap();
    }
    let all = same!(world, |conn| tasks::table.count().get_result::<i64>(conn));
    assert_eq!(all, Ok(5));
    let count = same!(world, |conn| tasks::table
        .only()
        .count()
        .get_result::<i64>(conn));
    assert_eq!(count, Ok(4));
    let rows = same!(world, |conn| tasks::table
        .only()
        .filter(tasks::id.ne(1))
        .order(tasks::id)
        .select((tasks::id, tasks::title))
        .load::<(i32, String)>(conn));
    assert_eq!(rows.unwrap().len(), 3);
    let rows = same!(world, |conn| tasks::table
        .only()
        .inner_join(projects::table)
        .select((tasks::title, projects::name))
        .order(tasks::id)
        .load::<(String, String)>(conn));
    assert_eq!(rows.unwrap().len(), 4);
    let rows = same!(world, |conn| projects::table
        .left_join(tasks::table.only())
        .select((projects::name, tasks::title.nullable()))
        .order((projects::id, tasks::id))
        .load::<(String, Option<String>)>(conn));
    assert_eq!(rows.unwrap().len(), 5);
    let rows = same!(world, |conn| projects::table
        .filter(projects::id.eq_any(tasks::table.only().select(tasks::project_id)))
        .count()
        .get_result::<i64>(conn));
    assert_eq!(rows, Ok(2));
    let labels = same!(world, |conn| scoped(countries::table)
        .only()
        .select(countries::label)
        .order(countries::code)
        .load::<String>(conn));
    assert_eq!(labels.unwrap().len(), 2);
}

/// A sample of everything is everything; which rows a smaller one has is PostgreSQL's choice, but a
/// tenant gets none but its own.
#[test]
fn samples() {
    let world = World::new();
    let rows = same!(world, |conn| tasks::table
        .tablesample_bernoulli(100)
        .order(tasks::id)
        .select(tasks::title)
        .load::<String>(conn));
    assert_eq!(rows.unwrap().len(), 4);
    let rows = same!(world, |conn| tasks::table
        .tablesample_system(100)
        .with_seed(0.5)
        .order(tasks::id)
        .select(tasks::title)
        .load::<String>(conn));
    assert_eq!(rows.unwrap().len(), 4);
    let none = same!(world, |conn| tasks::table
        .tablesample_bernoulli(0)
        .with_seed(0.5)
        .select(tasks::title)
        .load::<String>(conn));
    assert_eq!(none, Ok(vec![]));
    for shared in &world.shared {
        use crate::names::scoped::{projects, tasks};
        let conn = &mut shared.scope();
        let mut seen = 0;
        for seed in 0..20 {
            let titles: Vec<String> = tasks::table
                .tablesample_bernoulli(50)
                .with_seed(f64::from(seed))
                .inner_join(projects::table)
                .select(tasks::title)
                .load(conn)
                .unwrap();
            assert!(
                titles.iter().all(|title| title.ends_with(" a")),
                "{titles:?}"
            );
            seen += titles.len();
        }
        assert!((1..80).contains(&seen), "{seen}");
    }
}

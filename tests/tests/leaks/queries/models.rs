//! Models: what A does with a model that is B's, as it could have come from a cache.

use tenancy_diesel::prelude::*;
use tenancy_tests::models::{Project, Task};
use tenancy_tests::plain;

use crate::harness::run;

fn of_b(id: i32) -> Project {
    Project {
        id,
        name: "changed".to_owned(),
    }
}

#[test]
fn children_of_a_parent_that_only_the_other_tenant_has() {
    let titles = |tasks: Vec<Task>| tasks.into_iter().map(|task| task.title).collect();
    let outcome = run(
        &[],
        |conn| {
            let parent = of_b(9);
            let query = Task::belonging_to(&parent).select(Task::as_select());
            query.load(conn).map(titles)
        },
        async |conn| {
            let parent = of_b(9);
            let query = Task::belonging_to(&parent).select(Task::as_select());
            diesel_async::RunQueryDsl::load(query, conn)
                .await
                .map(titles)
        },
        |conn| {
            let query = plain::tasks::table.filter(plain::tasks::project_id.eq(9));
            query.select(plain::tasks::title).load::<String>(conn)
        },
    );
    outcome.all_ways_give(&[""; 0]);
    outcome.control_gives(&["only b"]);
}

#[test]
fn children_grouped_by_parents_of_both() {
    let sizes = |parents: &[Project], tasks: Vec<Task>| {
        let groups = tasks.grouped_by(parents).into_iter();
        groups.map(|tasks| tasks.len() as i64).collect::<Vec<_>>()
    };
    let parents = [of_b(1), of_b(2), of_b(9)];
    let outcome = run(
        &[],
        |conn| {
            let query = Task::belonging_to(&parents[..]).select(Task::as_select());
            Ok(sizes(&parents, query.load(conn)?))
        },
        async |conn| {
            let query = Task::belonging_to(&parents[..]).select(Task::as_select());
            let tasks = diesel_async::RunQueryDsl::load(query, conn).await?;
            Ok(sizes(&parents, tasks))
        },
        |conn| {
            let of = |id: i32| plain::tasks::table.filter(plain::tasks::project_id.eq(id));
            [1, 2, 9]
                .map(|id| of(id).count().get_result(conn))
                .into_iter()
                .collect()
        },
    );
    outcome.all_ways_give(&[2, 1, 0]);
    outcome.control_gives(&[4, 2, 1]);
}

#[test]
fn a_model_of_the_other_tenant_is_neither_updated_nor_saved_nor_deleted() {
    let outcome = run(
        &[],
        |conn| {
            let model = of_b(9);
            let updated = update(&model).set(&model).execute(conn)?;
            let saved = (&model).save_changes(conn).optional()?;
            let deleted = delete(&model).execute(conn)?;
            Ok((updated, saved.is_some(), deleted))
        },
        async |conn| {
            use tenancy_diesel::asynchronous::ScopedSaveChangesDsl;
            let model = of_b(9);
            let query = update(&model).set(&model);
            let updated = diesel_async::RunQueryDsl::execute(query, conn).await?;
            let saved = ScopedSaveChangesDsl::save_changes(&model, conn)
                .await
                .optional()?;
            let query = delete(&model);
            let deleted = diesel_async::RunQueryDsl::execute(query, conn).await?;
            Ok((updated, saved.is_some(), deleted))
        },
        |conn| {
            use plain::projects::{name, table};
            let updated = diesel::update(table.find(9)).set(name.eq("changed"));
            let updated = updated.execute(conn)?;
            let saved = diesel::update(table.find(9))
                .set(name.eq("saved"))
                .execute(conn)?;
            let deleted = diesel::delete(table.find(9)).execute(conn)?;
            Ok((updated, saved == 1, deleted))
        },
    );
    outcome.all_ways_give(&(0, false, 0));
    outcome.control_gives(&(1, true, 1));
}

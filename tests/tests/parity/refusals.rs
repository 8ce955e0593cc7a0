//! What is refused when it runs: the server sees nothing of it, so the transaction around it goes on.

use diesel::prelude::*;
use tenancy_tests::schema::Scoped;
use tenancy_tests::{A, B};

use crate::names::scoped::{delete, files, tasks, update};
use crate::world::World;

fn refused<R: std::fmt::Debug>(
    statement: impl Fn(&mut Scoped<PgConnection>) -> QueryResult<R>,
) -> String {
    let world = World::new();
    let mut texts = world.shared.iter().map(|shared| {
        let rows = shared.rows_of(A);
        let foreign = shared.rows_of(B);
        let text = shared.scope().transaction(|conn| {
            let text = statement(conn).unwrap_err().to_string();
            // After an error of the server's, this would be one too.
            let count = tasks::table.count().get_result::<i64>(conn)?;
            assert_eq!(count, 4);
            QueryResult::Ok(text)
        });
        assert_eq!(shared.rows_of(A), rows);
        assert_eq!(shared.rows_of(B), foreign);
        text.unwrap()
    });
    let text = texts.next().unwrap();
    assert!(texts.all(|other| other == text));
    text
}

#[test]
fn the_owner_of_a_row_is_not_assigned() {
    let text = refused(|conn| {
        update(files::table)
            .set(files::document_id.eq(31))
            .execute(conn)
    });
    assert!(text.contains("document_id"), "{text}");
}

#[test]
fn an_or_filter_cannot_reach_into_a_filter_from_before_boxing() {
    let text = refused(|conn| {
        delete(tasks::table.filter(tasks::done))
            .into_boxed()
            .or_filter(tasks::id.eq(1))
            .execute(conn)
    });
    assert!(text.contains("call `into_boxed` first"), "{text}");
}

#[test]
fn an_update_without_changes() {
    use crate::names::scoped::{ProjectChanges, projects};
    let text = refused(|conn| {
        update(projects::table)
            .set(ProjectChanges::default())
            .execute(conn)
    });
    assert!(text.contains("There are no changes to save"), "{text}");
}

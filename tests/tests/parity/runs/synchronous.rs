use diesel::connection::DefaultLoadingMode;
use diesel::pg::{CopyFormat, PgRowByRowLoadingMode};
use diesel::prelude::*;

use crate::world::World;

#[test]
fn load_and_get_results() {
    let world = World::to_read();
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
    let world = World::to_read();
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
    let world = World::to_read();
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

#[test]
fn row_by_row() {
    let world = World::to_read();
    let rows = same!(world, |conn| {
        let rows = tasks::table
            .order(tasks::id)
            .select((tasks::id, tasks::title))
            .load_iter::<(i32, String), PgRowByRowLoadingMode>(conn)
            .unwrap();
        rows.collect::<QueryResult<Vec<_>>>()
    });
    assert_eq!(rows.unwrap().len(), 4);
}

/// `load_raw` of Diesel's gives a reader, `write_to` of a scope's takes a writer.
#[test]
fn copy_to() {
    use std::io::Read;
    let world = World::to_read();
    macro_rules! copies {
        ($($($method:ident($argument:expr)).+;)+) => {$(
            let mut expected = String::new();
            {
                use crate::names::plain::projects;
                let mut conn = world.plain();
                let mut rows = diesel::copy_to((projects::id, projects::country))
                    $(.$method($argument))+
                    .load_raw(&mut conn)
                    .unwrap();
                rows.read_to_string(&mut expected).unwrap();
            }
            assert!(expected.contains("de"));
            for shared in &world.shared {
                use crate::names::scoped::projects;
                let mut found = Vec::new();
                tenancy_diesel::copy_to((projects::id, projects::country))
                    $(.$method($argument))+
                    .write_to(&mut shared.scope(), &mut found)
                    .unwrap();
                assert_eq!(String::from_utf8(found).unwrap(), expected);
            }
        )+};
    }
    copies! {
        with_format(CopyFormat::Text);
        with_format(CopyFormat::Csv).with_header(true);
        with_delimiter(';').with_null("none");
        with_format(CopyFormat::Csv).with_quote('e').with_escape('e');
    }
}

use diesel::prelude::*;

use crate::world::World;

type Row = (i32, String, Option<String>);

#[test]
fn values_of_columns() {
    let world = World::new();
    let count = same!(world, |conn| insert_into(projects::table)
        .values((projects::id.eq(4), projects::name.eq("delta")))
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| insert_into(projects::table)
        .values((
            projects::id.eq(5),
            Some(projects::country.eq("de")),
            projects::parent_id.eq(None::<i32>),
            projects::name.eq("epsilon"),
        ))
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| insert_into(tasks::table)
        .values(&(
            tasks::id.eq(9),
            tasks::project_id.eq(1),
            tasks::title.eq("nine")
        ))
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| insert_into(files::table)
        .values((
            files::id.eq(9),
            files::document_id.eq(1),
            files::name.eq("x.pdf")
        ))
        .execute(conn));
    assert_eq!(count, Ok(1));
}

#[test]
fn values_of_records() {
    let world = World::new();
    let count = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 4,
            name: "delta",
            country: None
        })
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| insert_into(projects::table)
        .values(&NewProject {
            id: 5,
            name: "epsilon",
            country: Some("de")
        })
        .execute(conn));
    assert_eq!(count, Ok(1));
}

#[test]
fn batches() {
    let world = World::new();
    let count = same!(world, |conn| {
        let rows = [4, 5].map(|id| NewProject {
            id,
            name: if id == 4 { "delta" } else { "epsilon" },
            country: None,
        });
        insert_into(projects::table).values(&rows).execute(conn)
    });
    assert_eq!(count, Ok(2));
    let count = same!(world, |conn| {
        let rows = vec![
            (projects::id.eq(6), projects::name.eq("zeta")),
            (projects::id.eq(7), projects::name.eq("eta")),
        ];
        insert_into(projects::table).values(rows).execute(conn)
    });
    assert_eq!(count, Ok(2));
    let count = same!(world, |conn| {
        let rows = [NewProject {
            id: 8,
            name: "theta",
            country: Some("fr"),
        }];
        insert_into(projects::table)
            .values(rows.as_slice())
            .execute(conn)
    });
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| insert_into(projects::table)
        .values(Vec::<NewProject>::new())
        .execute(conn));
    assert_eq!(count, Ok(0));
    let rows = same!(world, |conn| insert_into(tasks::table)
        .values([
            (
                tasks::id.eq(8),
                tasks::project_id.eq(1),
                tasks::title.eq("eight"),
                Some(tasks::points.eq(8))
            ),
            (
                tasks::id.eq(9),
                tasks::project_id.eq(1),
                tasks::title.eq("nine"),
                None
            ),
        ])
        .returning((tasks::id, tasks::points))
        .get_results::<(i32, i32)>(conn));
    assert_eq!(rows, Ok(vec![(8, 8), (9, 1)]));
}

#[test]
fn default_values() {
    let world = World::new();
    let count = same!(world, |conn| {
        delete(settings::table).execute(conn).unwrap();
        insert_into(settings::table).default_values().execute(conn)
    });
    assert_eq!(count, Ok(1));
}

#[test]
fn returning() {
    let world = World::new();
    let row = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 4,
            name: "delta",
            country: Some("de")
        })
        .returning((projects::id, projects::name, projects::country))
        .get_result::<Row>(conn));
    assert_eq!(row, Ok((4, "delta".to_owned(), Some("de".to_owned()))));
    let name = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 5,
            name: "epsilon",
            country: None
        })
        .returning(Project::as_returning())
        .get_result(conn)
        .map(|project| project.name));
    assert_eq!(name, Ok("epsilon".to_owned()));
    let row = same!(world, |conn| insert_into(documents::table)
        .values((documents::id.eq(90), documents::title.eq("new")))
        .get_result::<(uuid::Uuid, i32, String)>(conn));
    assert_eq!(row, Ok((tenancy_tests::A.0, 90, "new".to_owned())));
}

/// The server's refusals are the same errors.
#[test]
fn errors_of_the_server() {
    let world = World::new();
    same!(world, |conn| {
        let error = insert_into(projects::table)
            .values(NewProject {
                id: 1,
                name: "again",
                country: None,
            })
            .execute(conn)
            .unwrap_err();
        matches!(
            error,
            diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::UniqueViolation,
                _
            )
        )
    });
    let is_refused = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 9,
            name: "nowhere",
            country: Some("zz")
        })
        .execute(conn)
        .is_err_and(|error| error
            .to_string()
            .contains("violates foreign key constraint")));
    assert!(is_refused);
}

#[test]
fn rows_of_a_select() {
    let world = World::new();
    let count = same!(world, |conn| insert_into(projects::table)
        .values(
            tasks::table
                .filter(tasks::done)
                .select((tasks::id + 10, tasks::title))
        )
        .into_columns((projects::id, projects::name))
        .execute(conn));
    assert_eq!(count, Ok(2));
    let count = same!(world, |conn| tasks::table
        .select((tasks::id + 20, tasks::title.concat("!")))
        .insert_into(projects::table)
        .into_columns((projects::id, projects::name))
        .on_conflict_do_nothing()
        .execute(conn));
    assert_eq!(count, Ok(4));
}

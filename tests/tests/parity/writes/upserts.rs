use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl;
use diesel::upsert::excluded;

use crate::world::World;

#[test]
fn do_nothing() {
    let world = World::new();
    let count = same!(world, |conn| insert_into(projects::table)
        .values([
            NewProject {
                id: 1,
                name: "other",
                country: None
            },
            NewProject {
                id: 7,
                name: "eta",
                country: None
            },
        ])
        .on_conflict_do_nothing()
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 1,
            name: "other",
            country: None
        })
        .on_conflict(projects::id)
        .do_nothing()
        .execute(conn));
    assert_eq!(count, Ok(0));
    let row = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 1,
            name: "other",
            country: None
        })
        .on_conflict_do_nothing()
        .returning(projects::id)
        .get_result::<i32>(conn)
        .optional());
    assert_eq!(row, Ok(None));
}

#[test]
fn do_update() {
    let world = World::new();
    let row = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 1,
            name: "first",
            country: Some("fr")
        })
        .on_conflict(projects::id)
        .do_update()
        .set(projects::name.eq(excluded(projects::name)))
        .returning((projects::name, projects::country))
        .get_result::<(String, Option<String>)>(conn));
    assert_eq!(row, Ok(("first".to_owned(), Some("de".to_owned()))));
    let count = same!(world, |conn| insert_into(projects::table)
        .values([
            NewProject {
                id: 2,
                name: "second",
                country: Some("fr")
            },
            NewProject {
                id: 8,
                name: "theta",
                country: None
            },
        ])
        .on_conflict(projects::id)
        .do_update()
        .set((
            projects::name.eq(excluded(projects::name)),
            projects::country.eq(excluded(projects::country)),
            projects::parent_id.eq(None::<i32>),
        ))
        .execute(conn));
    assert_eq!(count, Ok(2));
    let count = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 3,
            name: "unused",
            country: None
        })
        .on_conflict(projects::id)
        .do_update()
        .set(ProjectChanges {
            name: Some("third"),
            country: None
        })
        .execute(conn));
    assert_eq!(count, Ok(1));
    let count = same!(world, |conn| insert_into(tasks::table)
        .values((
            tasks::id.eq(1),
            tasks::project_id.eq(1),
            tasks::title.eq("x"),
            tasks::points.eq(40)
        ))
        .on_conflict(tasks::id)
        .do_update()
        .set(tasks::points.eq(tasks::points + excluded(tasks::points)))
        .execute(conn));
    assert_eq!(count, Ok(1));
}

#[test]
fn another_unique_key() {
    let world = World::new();
    let row = same!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 9,
            name: "alpha a",
            country: Some("fr")
        })
        .on_conflict(projects::name)
        .do_update()
        .set(projects::country.eq(excluded(projects::country)))
        .returning(projects::id)
        .get_result::<i32>(conn));
    assert_eq!(row, Ok(1));
    let count = same!(world, |conn| insert_into(settings::table)
        .values(settings::theme.eq("dark"))
        .on_conflict(settings::tenant_id)
        .do_update()
        .set(settings::theme.eq(excluded(settings::theme)))
        .execute(conn));
    assert_eq!(count, Ok(1));
}

#[test]
fn a_via_table() {
    let world = World::new();
    let count = same!(world, |conn| insert_into(files::table)
        .values((
            files::id.eq(1),
            files::document_id.eq(1),
            files::name.eq("new.pdf")
        ))
        .on_conflict(files::id)
        .do_update()
        .set(files::name.eq(excluded(files::name)))
        .execute(conn));
    assert_eq!(count, Ok(1));
}

#[test]
fn a_constraint() {
    let world = World::new();
    let name = same!(world, |conn| insert_into(projects::table)
        .values((projects::id.eq(1), projects::name.eq("by constraint")))
        .on_conflict(on_constraint("projects_pkey"))
        .do_update()
        .set(projects::name.eq(excluded(projects::name)))
        .returning(projects::name)
        .get_result::<String>(conn));
    assert_eq!(name, Ok("by constraint".to_owned()));
}

#[test]
fn a_partial_index() {
    let world = World::new();
    let row = same!(world, |conn| insert_into(documents::table)
        .values((documents::id.eq(70), documents::title.eq("plan a")))
        .on_conflict(documents::title)
        .filter_target(documents::title.ne(""))
        .do_update()
        .set(documents::title.eq("partial"))
        .returning(documents::id)
        .get_result::<i32>(conn));
    assert_eq!(row, Ok(1));
}

#[test]
fn the_condition_of_an_update() {
    let world = World::new();
    let count = same!(world, |conn| FilterDsl::filter(
        insert_into(projects::table)
            .values([
                (projects::id.eq(1), projects::name.eq("first")),
                (projects::id.eq(2), projects::name.eq("second")),
            ])
            .on_conflict(projects::id)
            .do_update()
            .set(projects::name.eq(excluded(projects::name))),
        projects::country.eq("de")
    )
    .execute(conn));
    assert_eq!(count, Ok(1));
}

use diesel::prelude::*;
#[allow(unused_imports, reason = "the plain lines do without")]
use tenancy_diesel::ScopedOnDsl;

use crate::world::World;

type Pair = (String, String);
type Half = (String, Option<String>);

#[test]
fn inner_joins() {
    let world = World::to_read();
    let rows = same!(world, |conn| projects::table
        .inner_join(tasks::table)
        .select((projects::name, tasks::title))
        .order(tasks::id)
        .load::<Pair>(conn));
    assert_eq!(rows.unwrap().len(), 4);
    let rows = same!(world, |conn| tasks::table
        .inner_join(projects::table)
        .filter(projects::country.eq("de"))
        .order(tasks::id)
        .select(tasks::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![1, 2]));
    let rows = same!(world, |conn| comments::table
        .inner_join(tasks::table.inner_join(projects::table))
        .select((comments::body, projects::name))
        .order(comments::id)
        .load::<Pair>(conn));
    assert_eq!(rows.unwrap().len(), 2);
}

#[test]
fn left_joins() {
    let world = World::to_read();
    let rows = same!(world, |conn| projects::table
        .left_join(tasks::table)
        .select((projects::name, tasks::title.nullable()))
        .order((projects::id, tasks::id))
        .load::<Half>(conn));
    assert_eq!(rows.unwrap().len(), 5);
    let rows = same!(world, |conn| tasks::table
        .left_outer_join(comments::table)
        .select((tasks::title, comments::body.nullable()))
        .order((tasks::id, comments::id))
        .load::<Half>(conn));
    assert_eq!(rows.unwrap().len(), 4);
    let rows = same!(world, |conn| projects::table
        .left_join(tasks::table.left_join(comments::table))
        .select((projects::name, comments::body.nullable()))
        .order((projects::id, tasks::id, comments::id))
        .load::<Half>(conn));
    assert_eq!(rows.unwrap().len(), 5);
}

#[test]
fn joins_on_a_condition() {
    let world = World::to_read();
    let rows = same!(world, |conn| projects::table
        .inner_join(tasks::table.on(tasks::points.eq(projects::id).and(tasks::done)))
        .select((projects::name, tasks::title))
        .order(projects::id)
        .load::<Pair>(conn));
    assert_eq!(rows.unwrap().len(), 2);
    let rows = same!(world, |conn| projects::table
        .left_join(documents::table.on(documents::id.eq(projects::id)))
        .select((projects::name, documents::title.nullable()))
        .order(projects::id)
        .load::<Half>(conn));
    assert_eq!(rows.unwrap().len(), 3);
}

#[test]
fn joins_with_a_shared_table() {
    let world = World::to_read();
    let rows = same!(world, |conn| scoped(countries::table)
        .left_join(projects::table)
        .select((countries::label, projects::name.nullable()))
        .order(countries::code)
        .load::<Half>(conn));
    assert_eq!(rows.unwrap().len(), 2);
    let rows = same!(world, |conn| projects::table
        .inner_join(countries::table)
        .select((countries::label, projects::name))
        .order(countries::code)
        .load::<Pair>(conn));
    assert_eq!(rows.unwrap().len(), 2);
}

/// Plain Diesel has `alias!` for it, a schema of tenants `aliases = [parent = projects]`.
#[test]
fn self_joins() {
    use tenancy_tests::plain;
    let world = World::to_read();
    let (child, parent) = diesel::alias!(plain::projects as child, plain::projects as parent);
    let expected: Vec<Pair> = child
        .inner_join(
            parent.on(child
                .field(plain::projects::parent_id)
                .eq(parent.field(plain::projects::id).nullable())),
        )
        .select((
            child.field(plain::projects::name),
            parent.field(plain::projects::name),
        ))
        .order(child.field(plain::projects::id))
        .load(&mut world.plain())
        .unwrap();
    assert_eq!(expected.len(), 2);
    for shared in &world.shared {
        use crate::names::scoped::{parent, projects};
        let found: Vec<Pair> = projects::table
            .inner_join(parent::table.on(projects::parent_id.eq(parent::id.nullable())))
            .select((projects::name, parent::name))
            .order(projects::id)
            .load(&mut shared.scope())
            .unwrap();
        assert_eq!(found, expected);
    }
}

//! Where expressions may stand.

use diesel::dsl::{case_when, count_star, max, sql};
use diesel::expression::BoxableExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};

use crate::world::World;

#[test]
fn expressions_order_group_and_select() {
    let world = World::to_read();
    let rows = same!(world, |conn| tasks::table
        .order((
            case_when(tasks::done, tasks::id).otherwise(0),
            tasks::title.concat("x").desc()
        ))
        .select((
            tasks::title.concat("!"),
            tasks::points + 1,
            tasks::points.gt(2)
        ))
        .load::<(String, i32, bool)>(conn));
    assert_eq!(rows.unwrap().len(), 4);
    let rows = same!(world, |conn| tasks::table
        .group_by(tasks::points)
        .select((tasks::points, count_star()))
        .order(max(tasks::id))
        .load::<(i32, i64)>(conn));
    assert_eq!(rows.unwrap().len(), 3);
}

#[test]
fn fragments_of_sql() {
    let world = World::to_read();
    let rows = same!(world, |conn| tasks::table
        .filter(sql::<Bool>("points > ").bind::<Integer, _>(1))
        .filter(sql::<Bool>("(title LIKE '%' OR TRUE)"))
        .order(sql::<Integer>("points DESC, id"))
        .select((sql::<Text>("upper(title)"), tasks::id))
        .load::<(String, i32)>(conn));
    assert_eq!(rows.unwrap().len(), 3);
}

/// What differs: a fragment in a scoped filter keeps to itself, where plain Diesel lets its OR win.
#[test]
fn a_fragment_in_a_filter_keeps_to_itself() {
    let world = World::to_read();
    let count = |found: QueryResult<i64>| found.unwrap();
    let plain = {
        use crate::names::plain::tasks;
        let query = tasks::table
            .filter(tasks::done)
            .filter(sql::<Bool>("FALSE OR TRUE"));
        count(query.count().get_result(&mut world.plain()))
    };
    assert_eq!(plain, 4);
    for shared in &world.shared {
        use crate::names::scoped::tasks;
        let query = tasks::table
            .filter(tasks::done)
            .filter(sql::<Bool>("FALSE OR TRUE"));
        assert_eq!(count(query.count().get_result(&mut shared.scope())), 2);
    }
}

#[test]
fn boxed_expressions_stand_everywhere() {
    let world = World::to_read();
    let expected = {
        use crate::names::plain::tasks;
        type Condition = Box<dyn BoxableExpression<tasks::table, Pg, SqlType = Bool>>;
        let conditions: Vec<Condition> = vec![Box::new(tasks::done), Box::new(tasks::points.gt(2))];
        let mut all: Condition = Box::new(true.into_sql::<Bool>());
        for condition in conditions {
            all = Box::new(all.and(condition));
        }
        tasks::table
            .filter(all)
            .select(tasks::id)
            .load::<i32>(&mut world.plain())
    };
    assert_eq!(expected, Ok(vec![4]));
    for shared in &world.shared {
        use crate::names::scoped::tasks;
        type Source = tenancy_diesel::ScopedSource<tasks::table>;
        type Condition = Box<dyn BoxableExpression<Source, Pg, SqlType = Bool>>;
        let conditions: Vec<Condition> = vec![Box::new(tasks::done), Box::new(tasks::points.gt(2))];
        let mut all: Condition = Box::new(true.into_sql::<Bool>());
        for condition in conditions {
            all = Box::new(all.and(condition));
        }
        let found = tasks::table
            .filter(all)
            .select(tasks::id)
            .load::<i32>(&mut shared.scope());
        assert_eq!(found, expected);
    }
}

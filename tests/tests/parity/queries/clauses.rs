use diesel::dsl::{count, count_star, max, sum};
use diesel::prelude::*;

use crate::world::World;

#[test]
fn select_filter_and_find() {
    let world = World::to_read();
    let names = same!(world, |conn| projects::table
        .select(projects::name)
        .filter(projects::id.gt(1))
        .order(projects::id)
        .load::<String>(conn));
    assert_eq!(names, Ok(vec!["beta a".to_owned(), "gamma a".to_owned()]));
    let found = same!(world, |conn| projects::table
        .find(2)
        .select((projects::id, projects::name))
        .get_result::<(i32, String)>(conn));
    assert_eq!(found, Ok((2, "beta a".to_owned())));
    let rows = same!(world, |conn| projects::table
        .filter(projects::id.eq(1))
        .or_filter(projects::country.is_null())
        .order(projects::id)
        .select(projects::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![1, 2]));
    let rows = same!(world, |conn| projects::table
        .filter(projects::id.gt(0))
        .filter(projects::country.eq("de"))
        .select(projects::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![1]));
}

#[test]
fn a_bare_table_gives_every_column() {
    type Row = (uuid::Uuid, i32, String, Option<String>, Option<i32>);
    let world = World::to_read();
    let rows = same!(world, |conn| projects::table
        .order(projects::id)
        .load::<Row>(conn));
    assert_eq!(rows.unwrap().len(), 3);
}

#[test]
fn order_limit_and_offset() {
    let world = World::to_read();
    let rows = same!(world, |conn| tasks::table
        .order(tasks::points.desc())
        .then_order_by(tasks::id.asc())
        .limit(2)
        .offset(1)
        .select((tasks::id, tasks::points))
        .load::<(i32, i32)>(conn));
    assert_eq!(rows, Ok(vec![(4, 3), (2, 2)]));
    let rows = same!(world, |conn| projects::table
        .order_by((projects::country.desc().nulls_last(), projects::id))
        .select(projects::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![3, 1, 2]));
    let rows = same!(world, |conn| projects::table
        .order(projects::country.asc().nulls_first())
        .select(projects::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![2, 1, 3]));
    let order_replaced = same!(world, |conn| projects::table
        .order(projects::id)
        .order(projects::id.desc())
        .select(projects::id)
        .first::<i32>(conn));
    assert_eq!(order_replaced, Ok(3));
}

#[test]
fn distinct_and_distinct_on() {
    let world = World::to_read();
    let rows = same!(world, |conn| tasks::table
        .select(tasks::project_id)
        .distinct()
        .order(tasks::project_id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![1, 2]));
    let rows = same!(world, |conn| tasks::table
        .distinct_on(tasks::project_id)
        .order((tasks::project_id, tasks::id.desc()))
        .select(tasks::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![2, 4]));
    let rows = same!(world, |conn| tasks::table
        .distinct_on((tasks::project_id, tasks::done))
        .select((tasks::project_id, tasks::done))
        .order((tasks::project_id, tasks::done))
        .load::<(i32, bool)>(conn));
    assert_eq!(rows.unwrap().len(), 4);
}

#[test]
fn count_group_by_and_having() {
    let world = World::to_read();
    let number = same!(world, |conn| tasks::table.count().get_result::<i64>(conn));
    assert_eq!(number, Ok(4));
    let number = same!(world, |conn| tasks::table
        .filter(tasks::done)
        .count()
        .get_result::<i64>(conn));
    assert_eq!(number, Ok(2));
    let rows = same!(world, |conn| tasks::table
        .group_by(tasks::project_id)
        .having(sum(tasks::points).gt(3i64))
        .select((tasks::project_id, count_star(), max(tasks::points)))
        .load::<(i32, i64, Option<i32>)>(conn));
    assert_eq!(rows, Ok(vec![(2, 2, Some(3))]));
    let rows = same!(world, |conn| tasks::table
        .group_by((tasks::project_id, tasks::done))
        .select((tasks::project_id, tasks::done, count(tasks::id)))
        .order((tasks::project_id, tasks::done))
        .load::<(i32, bool, i64)>(conn));
    assert_eq!(rows.unwrap().len(), 4);
}

#[test]
fn nullable_columns_of_a_query() {
    let world = World::to_read();
    let rows = same!(world, |conn| projects::table
        .select(projects::id)
        .order(projects::id)
        .nullable()
        .load::<Option<i32>>(conn));
    assert_eq!(rows, Ok(vec![Some(1), Some(2), Some(3)]));
}

#[test]
fn boxed_queries() {
    let world = World::to_read();
    let rows = same!(world, |conn| {
        let mut query = projects::table
            .select((projects::id, projects::name))
            .into_boxed();
        query = query.filter(projects::id.gt(1));
        query = query.or_filter(projects::name.eq("alpha a"));
        query = query.order(projects::id).then_order_by(projects::name);
        query = query.limit(2).offset(1);
        query.load::<(i32, String)>(conn)
    });
    assert_eq!(rows.unwrap().len(), 2);
    let number = same!(world, |conn| {
        let mut query = tasks::table.left_join(comments::table).into_boxed();
        query = query.filter(comments::id.is_null());
        query.select(tasks::id).order(tasks::id).load::<i32>(conn)
    });
    assert_eq!(number, Ok(vec![2, 4]));
    let rows = same!(world, |conn| tasks::table
        .group_by(tasks::done)
        .select((tasks::done, count_star()))
        .into_boxed()
        .having(count_star().gt(1i64))
        .order(tasks::done)
        .load::<(bool, i64)>(conn));
    assert_eq!(rows, Ok(vec![(false, 2), (true, 2)]));
    let rows = same!(world, |conn| tasks::table
        .select(tasks::done)
        .into_boxed()
        .distinct()
        .order(tasks::done)
        .load::<bool>(conn));
    assert_eq!(rows, Ok(vec![false, true]));
}

#[test]
fn boxed_expressions() {
    let world = World::to_read();
    let rows = same!(world, |conn| {
        let mut by_name = projects::table
            .select(projects::id)
            .order(projects::id)
            .into_boxed();
        for name in ["alpha%", "%mma a"] {
            by_name = by_name.or_filter(projects::name.like(name));
        }
        by_name.load::<i32>(conn)
    });
    assert_eq!(rows, Ok(vec![1, 3]));
}

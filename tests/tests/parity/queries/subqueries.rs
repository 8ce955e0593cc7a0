use diesel::dsl::not;
use diesel::prelude::*;

use crate::world::World;

#[test]
fn exists_of_a_query() {
    let world = World::to_read();
    let found = same!(world, |conn| select(exists(
        tasks::table.filter(tasks::title.eq("one a"))
    ))
    .get_result::<bool>(conn));
    assert_eq!(found, Ok(true));
    let found = same!(world, |conn| select(exists(
        tasks::table.filter(tasks::title.eq("one b"))
    ))
    .get_result::<bool>(conn));
    assert_eq!(found, Ok(false));
    let rows = same!(world, |conn| projects::table
        .filter(not(exists(
            tasks::table.filter(tasks::project_id.eq(projects::id))
        )))
        .select(projects::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![3]));
    let rows = same!(world, |conn| projects::table
        .filter(exists(
            tasks::table.filter(tasks::points.gt(2)).into_boxed()
        ))
        .count()
        .get_result::<i64>(conn));
    assert_eq!(rows, Ok(3));
}

#[test]
fn eq_any_and_ne_all_of_a_query() {
    let world = World::to_read();
    let rows = same!(world, |conn| projects::table
        .filter(projects::id.eq_any(tasks::table.select(tasks::project_id).filter(tasks::done)))
        .order(projects::id)
        .select(projects::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![1, 2]));
    let rows = same!(world, |conn| projects::table
        .filter(projects::id.ne_all(tasks::table.select(tasks::project_id)))
        .select(projects::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![3]));
}

#[test]
fn arrays_of_a_query() {
    use diesel::dsl::array;
    use diesel::sql_types::Integer;
    let world = World::to_read();
    let rows = same!(world, |conn| projects::table
        .select((
            projects::id,
            array(
                tasks::table
                    .filter(tasks::project_id.eq(projects::id))
                    .order(tasks::id)
                    .select(tasks::id)
            )
        ))
        .order(projects::id)
        .load::<(i32, Vec<i32>)>(conn));
    assert_eq!(
        rows,
        Ok(vec![(1, vec![1, 2]), (2, vec![3, 4]), (3, vec![])])
    );
    let found = same!(world, |conn| select(array::<Integer, _>(
        tasks::table.select(tasks::id).order(tasks::id).into_boxed()
    ))
    .get_result::<Vec<i32>>(conn));
    assert_eq!(found, Ok(vec![1, 2, 3, 4]));
    let rows = same!(world, |conn| projects::table
        .filter(projects::id.eq_any(array(tasks::table.select(tasks::project_id))))
        .count()
        .get_result::<i64>(conn));
    assert_eq!(rows, Ok(2));
}

#[test]
fn single_values() {
    let world = World::to_read();
    let rows = same!(world, |conn| projects::table
        .select((
            projects::id,
            tasks::table
                .filter(tasks::project_id.eq(projects::id))
                .order(tasks::id.desc())
                .select(tasks::title)
                .limit(1)
                .single_value()
        ))
        .order(projects::id)
        .load::<(i32, Option<String>)>(conn));
    assert_eq!(rows.unwrap()[1], (2, Some("four a".to_owned())));
    let rows = same!(world, |conn| projects::table
        .filter(
            projects::id.nullable().eq(tasks::table
                .select(diesel::dsl::max(tasks::project_id))
                .single_value())
        )
        .select(projects::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![2]));
}

#[test]
fn sub_queries_under_a_shared_table() {
    let world = World::to_read();
    let rows = same!(world, |conn| scoped(countries::table)
        .filter(
            countries::code
                .nullable()
                .eq_any(projects::table.select(projects::country))
        )
        .order(countries::code)
        .select(countries::code)
        .load::<String>(conn));
    assert_eq!(rows, Ok(vec!["de".to_owned(), "fr".to_owned()]));
}

#[test]
fn set_operations_in_sub_queries() {
    let world = World::to_read();
    let found = same!(world, |conn| select(exists(
        tasks::table
            .filter(tasks::id.gt(90))
            .select(tasks::id)
            .union(projects::table.select(projects::id))
    ))
    .get_result::<bool>(conn));
    assert_eq!(found, Ok(true));
    let rows = same!(world, |conn| comments::table
        .filter(
            comments::task_id.eq_any(
                tasks::table.select(tasks::id).except(
                    projects::table
                        .select(projects::id)
                        .filter(projects::id.eq(1))
                )
            )
        )
        .select(comments::id)
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![2]));
}

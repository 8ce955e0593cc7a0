//! Sub-queries, in every place where one can stand.

use diesel::dsl::{count_star, not};

case! {
    /// Of B's task 9, only its project's key would be needed.
    rows_in_a_sub_query,
    load::<String>(
        projects::table
            .filter(projects::id.eq_any(
                tasks::table.filter(tasks::points.ge(3)).select(tasks::project_id),
            ))
            .order((projects::id, projects::name))
            .select(projects::name)
    ),
    own: ["beta a"],
    control: ["beta a", "beta b", "only b"],
}

case! {
    /// A project of A is in no sub-query over A's tasks; B's tasks would hide nothing here, but B's
    /// projects would show.
    rows_in_no_sub_query,
    load::<String>(
        projects::table
            .filter(projects::id.ne_all(tasks::table.select(tasks::project_id)))
            .order(projects::name)
            .select(projects::name)
    ),
    own: ["gamma a"],
    control: ["gamma a", "gamma b"],
}

case! {
    rows_for_which_others_exist,
    load::<String>(
        projects::table
            .filter(exists(
                tasks::table.filter(tasks::project_id.eq(projects::id)).filter(tasks::points.ge(3)),
            ))
            .order(projects::name)
            .select(projects::name)
    ),
    own: ["beta a"],
    control: ["beta a", "beta b", "only b"],
}

case! {
    rows_for_which_no_others_exist,
    get_result::<i64>(
        projects::table
            .filter(not(exists(tasks::table.filter(tasks::project_id.eq(projects::id)))))
            .count()
    ),
    own: 1,
    control: 2,
}

case! {
    /// The filter of the outer table is not enough: B has a task with the key of A's project.
    existence_of_the_other_tenants_row_with_the_same_key,
    load::<String>(
        projects::table
            .filter(projects::name.like("% a"))
            .filter(exists(
                tasks::table
                    .filter(tasks::project_id.eq(projects::id))
                    .filter(tasks::title.like("% b")),
            ))
            .order(projects::name)
            .select(projects::name)
    ),
    own: [""; 0],
    control: ["alpha a", "beta a"],
}

case! {
    whether_a_row_exists,
    get_result::<bool>(select(exists(projects::table.filter(projects::name.eq("only b"))))),
    own: false,
    control: true,
}

case! {
    a_value_selected_by_a_sub_query,
    load::<(i32, Option<String>)>(
        projects::table
            .filter(projects::name.like("% a"))
            .order(projects::id)
            .select((
                projects::id,
                tasks::table
                    .filter(tasks::project_id.eq(projects::id))
                    .order(tasks::title.desc())
                    .select(tasks::title)
                    .limit(1)
                    .single_value(),
            ))
    ),
    own: [(1, Some("two a".to_owned())), (2, Some("three a".to_owned())), (3, None)],
    control: [(1, Some("two b".to_owned())), (2, Some("three b".to_owned())), (3, None)],
}

case! {
    a_count_in_a_comparison,
    load::<String>(
        projects::table
            .filter(projects::name.like("% a"))
            .filter(
                tasks::table
                    .filter(tasks::project_id.eq(projects::id))
                    .select(count_star())
                    .single_value()
                    .gt(2),
            )
            .order(projects::name)
            .select(projects::name)
    ),
    own: [""; 0],
    control: ["alpha a"],
}

case! {
    /// SQLAlchemy filtered the outer table and not the inner one.
    a_sub_query_in_a_query_on_a_shared_table,
    load::<String>(
        scoped(countries::table)
            .filter(countries::code.nullable().eq_any(
                projects::table.select(projects::country),
            ))
            .order(countries::code)
            .select(countries::code)
    ),
    own: ["de", "fr"],
    control: ["de", "fr", "xx"],
}

case! {
    a_shared_table_in_the_sub_query,
    load::<String>(
        projects::table
            .filter(projects::country.eq_any(
                countries::table
                    .filter(countries::label.ne("Germany"))
                    .select(countries::code.nullable()),
            ))
            .order(projects::name)
            .select(projects::name)
    ),
    own: ["gamma a"],
    control: ["gamma a", "gamma b", "only b"],
}

case! {
    a_sub_query_in_a_sub_query,
    load::<String>(
        projects::table
            .filter(projects::id.eq_any(
                tasks::table
                    .filter(tasks::id.eq_any(
                        comments::table.filter(comments::body.like("%b")).select(comments::task_id),
                    ))
                    .select(tasks::project_id),
            ))
            .order(projects::name)
            .select(projects::name)
    ),
    own: [""; 0],
    control: ["alpha a", "alpha b", "beta a", "beta b"],
}

case! {
    /// Who has B's rows below it would come last.
    a_sub_query_in_the_order,
    first::<i32>(
        projects::table
            .filter(projects::name.like("% a"))
            .order(
                tasks::table
                    .filter(tasks::project_id.eq(projects::id))
                    .filter(tasks::title.like("% b"))
                    .select(count_star())
                    .single_value(),
            )
            .then_order_by(projects::id)
            .select(projects::id)
    ),
    own: 1,
    control: 3,
}

case! {
    a_sub_query_on_a_table_that_belongs_through_a_foreign_key,
    get_result::<i64>(
        projects::table
            .filter(exists(files::table.filter(files::id.gt(projects::id + 50))))
            .count()
    ),
    own: 0,
    control: 7,
}

case! {
    the_union_of_two_queries,
    load::<String>(
        projects::table
            .filter(projects::id.gt(2))
            .select(projects::name)
            .union(tasks::table.filter(tasks::id.gt(2)).select(tasks::title))
            .positional_order_by(1)
    ),
    own: ["gamma a", "three a"],
    control: ["gamma a", "gamma b", "only b", "three a", "three b"],
}

case! {
    the_union_of_all_rows_of_two_queries,
    load::<i32>(
        projects::table
            .filter(projects::id.ge(3))
            .select(projects::id)
            .union_all(tasks::table.filter(tasks::id.ge(3)).select(tasks::id))
            .positional_order_by(1)
    ),
    own: [3, 3],
    control: [3, 3, 3, 3, 9, 9],
}

case! {
    /// Only B has a project and a task of the same name.
    the_intersection_of_two_queries,
    load::<String>(
        projects::table
            .select(projects::name)
            .intersect(tasks::table.select(tasks::title))
    ),
    own: [""; 0],
    control: ["only b"],
}

case! {
    /// What B has on the right would take away what A has on the left.
    the_difference_of_two_queries,
    load::<i32>(
        tasks::table
            .filter(tasks::title.like("% a"))
            .select(tasks::points)
            .except(tasks::table.filter(tasks::title.like("% b")).select(tasks::points))
            .positional_order_by(1)
    ),
    own: [1, 2, 3],
    control: [0; 0],
}

case! {
    set_operations_in_a_sub_query,
    get_result::<i64>(
        comments::table
            .filter(comments::id.eq_any(
                projects::table
                    .filter(projects::name.like("% b"))
                    .select(projects::id)
                    .union(tasks::table.filter(tasks::title.like("% b")).select(tasks::id)),
            ))
            .count()
    ),
    own: 0,
    control: 4,
}

//! Counting and summing up: what is inferred from rows that are not seen.

use diesel::dsl::{count, count_star, max, min, sql, sum};
use diesel::sql_types::{BigInt, Text};

case! {
    a_count,
    get_result::<i64>(projects::table.count()),
    own: 3,
    control: 7,
}

case! {
    a_count_of_distinct_values,
    get_result::<i64>(projects::table.select(count(projects::name).aggregate_distinct())),
    own: 3,
    control: 7,
}

case! {
    a_sum,
    get_result::<Option<i64>>(tasks::table.select(sum(tasks::points))),
    own: Some(6),
    control: Some(21),
}

case! {
    a_minimum_and_a_maximum,
    get_result::<(Option<i64>, Option<i64>)>(
        billing::invoices::table
            .select((min(billing::invoices::cents), max(billing::invoices::cents)))
    ),
    own: (Some(7), Some(10)),
    control: (Some(7), Some(110)),
}

case! {
    an_aggregate_with_a_filter,
    get_result::<i64>(
        tasks::table.select(count(tasks::id).aggregate_filter(tasks::points.gt(2)))
    ),
    own: 1,
    control: 3,
}

case! {
    an_ordered_aggregate_of_texts,
    get_result::<String>(
        tasks::table.select(sql::<Text>("string_agg(title, ', ' ORDER BY points, title)"))
    ),
    own: "one a, two a, three a",
    control: "one a, one b, two a, two b, three a, three b, only b",
}

case! {
    groups_and_their_counts,
    load::<(i32, i64)>(
        tasks::table
            .group_by(tasks::project_id)
            .order(tasks::project_id)
            .select((tasks::project_id, count_star()))
    ),
    own: [(1, 2), (2, 1)],
    control: [(1, 4), (2, 2), (9, 1)],
}

case! {
    groups_that_are_large_enough,
    load::<i32>(
        tasks::table
            .group_by(tasks::project_id)
            .having(count(tasks::id).gt(2))
            .select(tasks::project_id)
    ),
    own: [0; 0],
    control: [1],
}

case! {
    a_condition_on_a_group_that_is_raw,
    load::<i32>(
        tasks::table
            .group_by(tasks::project_id)
            .having(sql::<diesel::sql_types::Bool>("count(*) > 2 OR max(points) = 9"))
            .order(tasks::project_id)
            .select(tasks::project_id)
    ),
    own: [0; 0],
    control: [1, 9],
}

case! {
    distinct_values,
    load::<Option<String>>(
        projects::table.select(projects::country).distinct().order(projects::country)
    ),
    own: [Some("de".to_owned()), Some("fr".to_owned()), None],
    control: [Some("de".to_owned()), Some("fr".to_owned()), Some("xx".to_owned()), None],
}

case! {
    /// The first row of each group would be B's.
    the_first_row_of_each_group,
    load::<String>(
        tasks::table
            .distinct_on(tasks::project_id)
            .order((tasks::project_id, tasks::title.desc()))
            .select(tasks::title)
    ),
    own: ["two a", "three a"],
    control: ["two b", "three b", "only b"],
}

case! {
    a_window_over_all_rows,
    load::<(i32, i64)>(
        tasks::table
            .order((tasks::id, tasks::title))
            .select((tasks::id, sql::<BigInt>("count(*) OVER ()")))
    ),
    own: [(1, 3), (2, 3), (3, 3)],
    control: [(1, 7), (1, 7), (2, 7), (2, 7), (3, 7), (3, 7), (9, 7)],
}

case! {
    /// `lag` would show the title of B's row beside A's.
    a_window_that_looks_at_the_neighbour,
    load::<String>(
        tasks::table
            .filter(tasks::id.le(2))
            .order((tasks::id, tasks::title))
            .select(sql::<Text>(
                "coalesce(lag(title) OVER (PARTITION BY project_id ORDER BY tasks.id, title), '-')"
            ))
    ),
    own: ["-", "one a"],
    control: ["-", "one a", "one b", "two a"],
}

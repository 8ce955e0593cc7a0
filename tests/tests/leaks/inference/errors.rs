//! Expressions that fail on a row of B, evaluated after the rows are chosen. Where one of them meets B's row,
//! the error tells that the row is there, or even what is in it.

use diesel::dsl::sql;
use diesel::sql_types::{Bool, Integer, Text};

case! {
    an_error_in_the_select_list,
    load::<i32>(
        projects::table.order(projects::id).select(sql::<Integer>("100 / (id - 9)"))
    ),
    own: [-12, -14, -16],
    control fails: "division by zero",
}

case! {
    /// The text of the error would hold the value.
    a_cast_that_fails_on_the_other_tenants_value,
    load::<i32>(
        tasks::table
            .filter(tasks::points.eq(9))
            .select(sql::<Integer>("title::int4"))
    ),
    own: [0; 0],
    control fails: "only b",
}

case! {
    an_error_in_the_order,
    load::<String>(
        projects::table.order(sql::<Integer>("100 / (id - 9)")).select(projects::name)
    ),
    own: ["gamma a", "beta a", "alpha a"],
    control fails: "division by zero",
}

case! {
    an_error_in_an_aggregate,
    get_result::<String>(
        tasks::table.select(sql::<Text>("sum(100 / (points - 9))::text"))
    ),
    own: "-42",
    control fails: "division by zero",
}

case! {
    an_error_in_the_condition_of_a_group,
    load::<i32>(
        tasks::table
            .group_by(tasks::project_id)
            .having(sql::<Bool>("100 / (max(points) - 9) < 0"))
            .order(tasks::project_id)
            .select(tasks::project_id)
    ),
    own: [1, 2],
    control fails: "division by zero",
}

case! {
    an_error_in_an_assignment,
    execute(update(tasks::table).set(tasks::points.eq(sql::<Integer>("100 / (points - 9)")))),
    own: 3,
    control fails: "division by zero",
}

case! {
    an_error_in_what_is_returned,
    get_results::<i32>(
        update(tasks::table.filter(tasks::id.ge(3)))
            .set(tasks::done.eq(true))
            .returning(sql::<Integer>("30 / (points - 9)"))
    ),
    own: [-5],
    control fails: "division by zero",
}

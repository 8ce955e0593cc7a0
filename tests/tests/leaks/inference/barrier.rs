//! Predicates that fail on a row of B.
//!
//! A filter is no barrier. PostgreSQL evaluates the predicates of one table cheapest first, so one that costs
//! no more than the comparison of the tenant, or that the planner tries on its statistics, meets B's rows and
//! betrays them by its error. It is so with every filter in a WHERE clause, also a hand-written one. A policy
//! is a barrier: only leakproof functions are evaluated before it. Hence two layers.
//!
//! `ANALYZE` makes the planner read these small tables as a whole, without their indexes.

use diesel::dsl::sql;
use diesel::sql_types::Bool;

const LIKE: &str = "LIKE pattern must not end with escape character";

case! {
    /// A pattern that an end user typed: it fails on a text that begins like it.
    a_pattern_that_fails_on_the_other_tenants_text after "ANALYZE",
    get_result::<i64>(tasks::table.filter(tasks::title.like("only \\")).count()),
    own with policies: 0,
    filter alone fails: LIKE,
    control fails: LIKE,
}

case! {
    a_pattern_that_fails_in_the_condition_of_a_join after "ANALYZE",
    get_result::<i64>(
        projects::table
            .left_join(tasks::table.on(
                tasks::project_id.eq(projects::id).and(tasks::title.like("only \\")),
            ))
            .count()
    ),
    own with policies: 3,
    filter alone fails: LIKE,
    control fails: LIKE,
}

case! {
    a_pattern_that_fails_in_a_sub_query after "ANALYZE",
    get_result::<i64>(
        projects::table
            .filter(exists(
                tasks::table
                    .filter(tasks::project_id.eq(projects::id))
                    .filter(tasks::title.like("only \\")),
            ))
            .count()
    ),
    own with policies: 0,
    filter alone fails: LIKE,
    control fails: LIKE,
}

case! {
    a_pattern_that_fails_in_an_update after "ANALYZE",
    execute(update(tasks::table.filter(tasks::title.like("only \\"))).set(tasks::done.eq(true))),
    own with policies: 0,
    filter alone fails: LIKE,
    control fails: LIKE,
}

case! {
    a_pattern_that_fails_in_a_delete after "ANALYZE",
    execute(delete(tasks::table.filter(tasks::title.like("only \\")))),
    own with policies: 0,
    filter alone fails: LIKE,
    control fails: LIKE,
}

case! {
    /// The owner is looked up after the table's own predicates, whatever they cost.
    an_error_on_a_row_owned_through_a_foreign_key,
    load::<String>(
        files::table.filter(sql::<Bool>("100 / (files.id - 101) < 0")).select(files::name)
    ),
    own with policies: ["plan-a.pdf"],
    filter alone fails: "division by zero",
    control fails: "division by zero",
}

case! {
    an_error_on_a_row_owned_through_a_foreign_key_in_an_update,
    execute(
        update(files::table.filter(sql::<Bool>("100 / (files.id - 101) < 0")))
            .set(files::name.eq("ours.pdf"))
    ),
    own with policies: 1,
    filter alone fails: "division by zero",
    control fails: "division by zero",
}

case! {
    /// The error tells the whole value.
    a_function_of_low_cost_that_raises_what_it_sees after
        "CREATE FUNCTION cheap(text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS
         $$BEGIN IF $1 LIKE '% b' THEN RAISE 'seen: %', $1; END IF; RETURN true; END$$;
         ANALYZE",
    get_result::<i64>(projects::table.filter(sql::<Bool>("cheap(name)")).count()),
    own with policies: 3,
    filter alone fails: "seen: alpha b",
    control fails: "seen: alpha b",
}

case! {
    /// The planner tries the pattern on the most common values and the histogram, before any row is read.
    /// The index on the tenant does not help.
    a_pattern_that_fails_on_the_statistics after
        "INSERT INTO tasks SELECT id, 1000 + n, 1, 'secret of b', 'open', 1, false
         FROM organisations, generate_series(1, 20000) n WHERE name = 'org b';
         ANALYZE tasks",
    get_result::<i64>(
        tasks::table.filter(tasks::project_id.eq(1)).filter(tasks::title.like("secret %\\")).count()
    ),
    own with policies: 0,
    filter alone fails: LIKE,
    control fails: LIKE,
}

case! {
    /// What costs more than the comparison of the tenant comes after it.
    a_predicate_that_costs_more_than_the_filter after "ANALYZE",
    load::<String>(
        projects::table
            .filter(sql::<Bool>("100 / (id - 9) < 0"))
            .order(projects::id)
            .select(projects::name)
    ),
    own: ["alpha a", "beta a", "gamma a"],
    control fails: "division by zero",
}

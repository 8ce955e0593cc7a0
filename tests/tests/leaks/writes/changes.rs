//! UPDATE and DELETE.

use diesel::dsl::sql;
use diesel::sql_types::Bool;
use tenancy_tests::B;

case! {
    an_update_without_a_filter,
    execute(update(projects::table).set(projects::country.eq("fr"))),
    own: 3,
    control: 7,
}

case! {
    an_update_by_a_key_that_only_the_other_tenant_has,
    execute(update(projects::table.find(9)).set(projects::name.eq("stolen"))),
    own: 0,
    control: 1,
}

case! {
    an_update_by_a_key_that_both_have,
    execute(update(projects::table.find(1)).set(projects::country.eq("xx"))),
    own: 1,
    control: 2,
}

case! {
    an_update_with_or,
    execute(
        update(projects::table.filter(projects::id.eq(1)).or_filter(projects::id.ge(3)))
            .set(projects::country.eq("xx"))
    ),
    own: 2,
    control: 5,
}

case! {
    an_update_with_a_raw_or,
    execute(
        update(tasks::table.filter(sql::<Bool>("points = 1 OR TRUE"))).set(tasks::points.eq(0))
    ),
    own: 3,
    control: 7,
}

case! {
    an_update_that_names_the_other_tenant,
    execute(
        update(projects::table.filter(projects::tenant_id.eq(B))).set(projects::name.eq("stolen"))
    ),
    plain (
        update(projects::table.filter(projects::tenant_id.eq(B).and(projects::id.eq(9))))
            .set(projects::name.eq("stolen"))
    ),
    own: 0,
    control: 1,
}

case! {
    /// The text of B's row would come back.
    an_update_that_returns_rows,
    get_results::<String>(
        update(tasks::table.filter(tasks::points.eq(9)))
            .set(tasks::done.eq(true))
            .returning(tasks::title)
    ),
    own: [""; 0],
    control: ["only b"],
}

case! {
    an_update_of_rows_that_a_sub_query_finds,
    execute(
        update(tasks::table.filter(tasks::project_id.eq_any(
            projects::table.filter(projects::name.like("% b")).select(projects::id),
        )))
        .set(tasks::done.eq(true))
    ),
    own: 0,
    control: 7,
}

case! {
    an_update_of_the_table_of_tenants,
    execute(update(organisations::table).set(organisations::name.eq("ours"))),
    own: 1,
    control: 2,
}

case! {
    an_update_of_rows_owned_through_a_foreign_key,
    execute(update(files::table).set(files::name.eq("ours.pdf"))),
    own: 1,
    control: 2,
}

case! {
    an_update_by_the_key_of_a_row_owned_through_a_foreign_key,
    execute(update(files::table.find(101)).set(files::name.eq("ours.pdf"))),
    own: 0,
    control: 1,
}

case! {
    an_update_in_another_schema,
    execute(update(billing::projects::table.find(1)).set(billing::projects::budget.eq(0))),
    own: 1,
    control: 2,
}

case! {
    a_delete_without_a_filter,
    execute(delete(tasks::table)),
    own: 3,
    control: 7,
}

case! {
    a_delete_by_a_key_that_only_the_other_tenant_has,
    execute(delete(projects::table.find(9))),
    own: 0,
    control: 1,
}

case! {
    a_delete_with_or,
    execute(delete(tasks::table.filter(tasks::id.eq(1)).or_filter(tasks::points.ge(3)))),
    plain (delete(tasks::table.filter(tasks::id.eq(1).or(tasks::points.ge(3))))),
    own: 2,
    control: 5,
}

case! {
    a_delete_with_a_raw_or,
    execute(delete(comments::table.filter(sql::<Bool>("FALSE OR TRUE")))),
    own: 2,
    control: 4,
}

case! {
    a_delete_that_returns_rows,
    get_results::<String>(delete(projects::table.find(9)).returning(projects::name)),
    own: [""; 0],
    control: ["only b"],
}

case! {
    a_delete_of_rows_for_which_others_exist,
    execute(
        delete(comments::table.filter(comments::task_id.eq_any(
            tasks::table.filter(tasks::title.like("% b")).select(tasks::id),
        )))
    ),
    own: 0,
    control: 4,
}

case! {
    a_delete_of_rows_owned_through_a_foreign_key,
    execute(delete(files::table)),
    own: 1,
    control: 2,
}

case! {
    /// B's project has the same key, and its tasks and comments would go with it.
    a_delete_that_cascades,
    execute(delete(projects::table.find(2))),
    own: 1,
    control: 2,
}

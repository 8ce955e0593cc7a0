//! Queries on one table.

use diesel::dsl::sql;
use diesel::sql_types::Bool;
use tenancy_tests::{A, B};

case! {
    no_where_clause_at_all,
    load::<String>(projects::table.order((projects::id, projects::name)).select(projects::name)),
    own: ["alpha a", "beta a", "gamma a"],
    control: ["alpha a", "alpha b", "beta a", "beta b", "gamma a", "gamma b", "only b"],
}

case! {
    a_top_level_or_after_a_filter,
    load::<String>(
        projects::table
            .filter(projects::name.eq("alpha a"))
            .or_filter(projects::id.ge(3))
            .order((projects::id, projects::name))
            .select(projects::name)
    ),
    own: ["alpha a", "gamma a"],
    control: ["alpha a", "gamma a", "gamma b", "only b"],
}

case! {
    a_top_level_or_before_a_filter,
    load::<String>(
        projects::table
            .or_filter(projects::id.ge(3))
            .filter(projects::name.ne("x"))
            .order((projects::id, projects::name))
            .select(projects::name)
    ),
    own: ["gamma a"],
    control: ["gamma a", "gamma b", "only b"],
}

case! {
    a_raw_predicate_with_or,
    load::<String>(
        tasks::table
            .filter(sql::<Bool>("points > 2 OR points = 9"))
            .order((tasks::id, tasks::title))
            .select(tasks::title)
    ),
    own: ["three a"],
    control: ["three a", "three b", "only b"],
}

case! {
    a_filter_on_the_other_tenant_finds_nothing,
    load::<String>(
        projects::table.filter(projects::tenant_id.eq(B)).order(projects::id).select(projects::name)
    ),
    own: [""; 0],
    control: ["alpha b", "beta b", "gamma b", "only b"],
}

case! {
    a_filter_on_not_this_tenant_finds_nothing,
    get_result::<i64>(projects::table.filter(projects::tenant_id.ne(A)).count()),
    own: 0,
    control: 4,
}

case! {
    a_filter_on_both_tenants_finds_this_ones,
    get_result::<i64>(projects::table.filter(projects::tenant_id.eq_any([A, B])).count()),
    own: 3,
    control: 7,
}

case! {
    find_by_a_key_that_only_the_other_tenant_has,
    load::<String>(projects::table.find(9).select(projects::name)),
    own: [""; 0],
    control: ["only b"],
}

case! {
    find_by_a_key_that_both_have,
    load::<String>(projects::table.find(1).order(projects::name).select(projects::name)),
    own: ["alpha a"],
    control: ["alpha a", "alpha b"],
}

case! {
    the_first_row_of_an_order_that_the_other_tenant_leads,
    first::<String>(projects::table.order(projects::id.desc()).select(projects::name)),
    own: "gamma a",
    control: "only b",
}

case! {
    an_offset_past_the_own_rows,
    load::<String>(
        projects::table.order((projects::id, projects::name)).limit(9).offset(3).select(projects::name)
    ),
    own: [""; 0],
    control: ["beta b", "gamma a", "gamma b", "only b"],
}

case! {
    a_boxed_query,
    load::<String>(
        projects::table
            .into_boxed()
            .filter(projects::name.like("%b%"))
            .or_filter(projects::id.eq(9))
            .order((projects::id, projects::name))
            .select(projects::name)
    ),
    own: ["beta a"],
    control: ["alpha b", "beta a", "beta b", "gamma b", "only b"],
}

case! {
    a_search_for_the_other_tenants_text,
    get_result::<i64>(projects::table.filter(projects::name.ilike("%ONLY%")).count()),
    own: 0,
    control: 1,
}

case! {
    the_tenants_own_row_among_the_tenants,
    load::<String>(organisations::table.order(organisations::name).select(organisations::name)),
    own: ["org a"],
    control: ["org a", "org b"],
}

case! {
    a_root_row_found_by_the_other_tenants_id,
    get_result::<i64>(organisations::table.find(B).count()),
    own: 0,
    control: 1,
}

case! {
    rows_owned_through_a_foreign_key,
    load::<String>(files::table.order(files::id).select(files::name)),
    own: ["plan-a.pdf"],
    control: ["plan-a.pdf", "plan-b.pdf"],
}

case! {
    a_row_owned_through_a_foreign_key_found_by_its_key,
    load::<String>(files::table.find(101).select(files::name)),
    own: [""; 0],
    control: ["plan-b.pdf"],
}

case! {
    a_table_of_the_same_name_in_another_schema,
    load::<String>(
        billing::projects::table.order(billing::projects::name).select(billing::projects::name)
    ),
    own: ["bill a"],
    control: ["bill a", "bill b"],
}

case! {
    rows_locked_for_update,
    load::<i32>(tasks::table.order(tasks::id).select(tasks::id).for_update()),
    own: [1, 2, 3],
    control: [1, 1, 2, 2, 3, 3, 9],
}

case! {
    a_queue_that_skips_locked_rows,
    load::<String>(
        tasks::table
            .filter(tasks::points.gt(2))
            .order(tasks::points.desc())
            .select(tasks::title)
            .limit(1)
            .for_update()
            .skip_locked()
    ),
    own: ["three a"],
    control: ["only b"],
}

case! {
    /// The policy and the filter are read once, before the scan.
    the_variable_switched_in_the_middle_of_a_scan,
    load::<String>(
        projects::table
            .order((projects::id, projects::name))
            .select(sql::<diesel::sql_types::Text>(
                "name || left(set_config('app.tenant_id',
                     '00000000-0000-0000-0000-00000000000b', true), 0)",
            ))
    ),
    own: ["alpha a", "beta a", "gamma a"],
    control: ["alpha a", "alpha b", "beta a", "beta b", "gamma a", "gamma b", "only b"],
}

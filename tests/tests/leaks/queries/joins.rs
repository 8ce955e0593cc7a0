//! Joins: every side filters itself.

use diesel::dsl::sql;
use diesel::sql_types::Bool;

case! {
    an_inner_join_of_two_tables,
    load::<(String, String)>(
        projects::table
            .inner_join(tasks::table)
            .filter(projects::id.eq(2))
            .order((projects::name, tasks::title))
            .select((projects::name, tasks::title))
    ),
    own: [("beta a".to_owned(), "three a".to_owned())],
    control: [
        ("beta a".to_owned(), "three a".to_owned()),
        ("beta a".to_owned(), "three b".to_owned()),
        ("beta b".to_owned(), "three a".to_owned()),
        ("beta b".to_owned(), "three b".to_owned()),
    ],
}

case! {
    /// A project without tasks stays, and the filter does not turn the join into an inner one.
    a_left_join_keeps_own_orphans_alone,
    load::<(String, Option<String>)>(
        projects::table
            .left_join(tasks::table)
            .filter(projects::id.ge(3))
            .order((projects::name, tasks::title))
            .select((projects::name, tasks::title.nullable()))
    ),
    own: [("gamma a".to_owned(), None)],
    control: [
        ("gamma a".to_owned(), None),
        ("gamma b".to_owned(), None),
        ("only b".to_owned(), Some("only b".to_owned())),
    ],
}

case! {
    /// Orphans are found by `IS NULL`: a filter in WHERE instead of in the reference would lose them.
    an_anti_join,
    load::<String>(
        projects::table
            .left_join(tasks::table)
            .filter(tasks::id.nullable().is_null())
            .order(projects::name)
            .select(projects::name)
    ),
    own: ["gamma a"],
    control: ["gamma a", "gamma b"],
}

case! {
    a_join_nested_in_a_join,
    get_result::<i64>(
        projects::table.inner_join(tasks::table.inner_join(comments::table)).count()
    ),
    own: 2,
    control: 16,
}

case! {
    a_join_on_a_condition_that_is_always_true,
    get_result::<i64>(
        projects::table.inner_join(tasks::table.on(sql::<Bool>("TRUE OR FALSE"))).count()
    ),
    own: 9,
    control: 49,
}

case! {
    a_left_join_on_a_condition_that_is_always_true,
    get_result::<i64>(
        projects::table
            .left_join(tasks::table.on(tasks::points.ge(0).or(tasks::done)))
            .filter(tasks::title.nullable().like("%b"))
            .count()
    ),
    own: 0,
    control: 28,
}

case! {
    /// acts_as_tenant forgot the tenant's side here.
    a_shared_table_joined_to_a_tenant_table,
    load::<(String, String)>(
        scoped(countries::table)
            .inner_join(projects::table)
            .filter(countries::code.ge("fr"))
            .order((countries::code, projects::name))
            .select((countries::label, projects::name))
    ),
    own: [("France".to_owned(), "gamma a".to_owned())],
    control: [
        ("France".to_owned(), "gamma a".to_owned()),
        ("France".to_owned(), "gamma b".to_owned()),
        ("Nowhere".to_owned(), "only b".to_owned()),
    ],
}

case! {
    a_shared_table_left_joined_to_a_tenant_table,
    load::<(String, Option<String>)>(
        scoped(countries::table)
            .left_join(projects::table)
            .filter(countries::code.eq("xx"))
            .select((countries::label, projects::name.nullable()))
    ),
    own: [("Nowhere".to_owned(), None)],
    control: [("Nowhere".to_owned(), Some("only b".to_owned()))],
}

case! {
    a_tenant_table_joined_to_a_shared_one_and_on,
    get_result::<i64>(
        projects::table.inner_join(countries::table).inner_join(tasks::table).count()
    ),
    own: 2,
    control: 9,
}

case! {
    a_self_join_through_an_alias,
    load::<(String, String)>(
        projects::table
            .inner_join(parent::table.on(projects::parent_id.eq(parent::id.nullable())))
            .filter(projects::id.eq(2))
            .select((projects::name, parent::name))
    ),
    plain ({
        let parent = diesel::alias!(projects as parent);
        projects::table
            .inner_join(
                parent.on(projects::parent_id.eq(parent.field(projects::id).nullable())),
            )
            .filter(projects::id.eq(2))
            .order((projects::name, parent.field(projects::name)))
            .select((projects::name, parent.field(projects::name)))
    }),
    own: [("beta a".to_owned(), "alpha a".to_owned())],
    control: [
        ("beta a".to_owned(), "alpha a".to_owned()),
        ("beta a".to_owned(), "alpha b".to_owned()),
        ("beta b".to_owned(), "alpha a".to_owned()),
        ("beta b".to_owned(), "alpha b".to_owned()),
    ],
}

case! {
    an_alias_alone,
    get_result::<i64>(other_task::table.filter(other_task::points.ge(3)).count()),
    plain ({
        let other = diesel::alias!(tasks as other_task);
        other.filter(other.field(tasks::points).ge(3)).count()
    }),
    own: 1,
    control: 3,
}

case! {
    /// Both references of the same table, compared by what should be unequal.
    the_same_table_twice_with_unequal_tenants,
    get_result::<i64>(
        tasks::table
            .inner_join(other_task::table.on(other_task::id.eq(tasks::id)))
            .filter(other_task::title.ne(tasks::title))
            .count()
    ),
    plain ({
        let other = diesel::alias!(tasks as other_task);
        tasks::table
            .inner_join(other.on(other.field(tasks::id).eq(tasks::id)))
            .filter(other.field(tasks::title).ne(tasks::title))
            .count()
    }),
    own: 0,
    control: 6,
}

case! {
    the_owner_of_a_row_joined_to_it,
    load::<(String, String)>(
        documents::table
            .inner_join(files::table)
            .order(files::id)
            .select((documents::title, files::name))
    ),
    own: [("plan a".to_owned(), "plan-a.pdf".to_owned())],
    control: [
        ("plan a".to_owned(), "plan-a.pdf".to_owned()),
        ("plan b".to_owned(), "plan-b.pdf".to_owned()),
    ],
}

case! {
    the_tenant_joined_to_its_rows,
    load::<(String, i64)>(
        organisations::table
            .inner_join(tasks::table)
            .group_by(organisations::name)
            .order(organisations::name)
            .select((organisations::name, diesel::dsl::count_star()))
    ),
    own: [("org a".to_owned(), 3)],
    control: [("org a".to_owned(), 3), ("org b".to_owned(), 4)],
}

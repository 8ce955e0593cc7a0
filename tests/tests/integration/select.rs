//! Reading, on a synchronous connection.

use diesel::dsl::{count, count_star, not, sum};
use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
use tenancy_diesel::Scoped;
use tenancy_diesel::dsl::{exists, select};
use tenancy_diesel::prelude::*;
use tenancy_tests::database::Shop;
use tenancy_tests::models::{Comment, FullProject, Project, Status, Task};
use tenancy_tests::schema::{
    billing, comments, countries, documents, files, legacy_events, organisations, other_task,
    parent, projects, settings, tasks,
};
use tenancy_tests::{A, B};

fn names(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|&row| row.to_owned()).collect()
}

#[test]
fn a_bare_table_gives_the_rows_of_the_tenant() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows = projects::table.load::<FullProject>(conn).unwrap();
        assert_eq!(rows.len(), 3);
        assert!(
            rows.iter()
                .all(|row| row.tenant_id == A && row.name.ends_with(" a"))
        );
        assert_eq!(projects::table.count().get_result(conn), Ok(3i64));
        assert_eq!(
            projects::table.count().get_result(&mut shop.scope(B)),
            Ok(4i64)
        );
    });
}

#[test]
fn filters_order_and_paging_stay_in_the_tenant() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows: Vec<String> = projects::table
            .filter(projects::name.like("%a%"))
            .or_filter(projects::id.gt(0))
            .order(projects::country.asc().nulls_last())
            .then_order_by(projects::id.desc())
            .limit(2)
            .offset(1)
            .select(projects::name)
            .load(conn)
            .unwrap();
        assert_eq!(rows, names(&["gamma a", "beta a"]));
        let rows: Vec<i32> = projects::table
            .filter(projects::name.ne("x"))
            .or_filter(projects::tenant_id.eq(B))
            .select(projects::id)
            .order_by(projects::id)
            .load(conn)
            .unwrap();
        assert_eq!(rows, [1, 2, 3]);
    });
}

#[test]
fn naming_another_tenant_finds_nothing() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        for (query, rows) in [
            (
                projects::table
                    .filter(projects::tenant_id.eq(B))
                    .into_boxed(),
                0,
            ),
            (
                projects::table
                    .filter(projects::tenant_id.ne(A))
                    .into_boxed(),
                0,
            ),
            (
                projects::table
                    .filter(projects::tenant_id.eq_any([A, B]))
                    .into_boxed(),
                3,
            ),
        ] {
            assert_eq!(query.count().get_result(conn), Ok(rows as i64));
        }
    });
}

#[test]
fn find_takes_the_key_without_the_tenant() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let project: Project = projects::table
            .find(1)
            .select(Project::as_select())
            .first(conn)
            .unwrap();
        assert_eq!(project.name, "alpha a");
        let missing = projects::table
            .find(9)
            .select(projects::name)
            .first::<String>(conn);
        assert_eq!(missing, Err(diesel::result::Error::NotFound));
        let b: String = projects::table
            .find(9)
            .select(projects::name)
            .first(&mut shop.scope(B))
            .unwrap();
        assert_eq!(b, "only b");
    });
}

#[test]
fn a_root_and_a_single_row_table_are_found_by_the_tenant() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        assert_eq!(
            organisations::table.select(organisations::name).load(conn),
            Ok(names(&["org a"]))
        );
        assert_eq!(
            organisations::table.find(B).count().get_result(conn),
            Ok(0i64)
        );
        assert_eq!(
            settings::table.find(A).select(settings::theme).first(conn),
            Ok("theme a".to_owned())
        );
        assert_eq!(
            settings::table
                .filter(settings::type_.is_null())
                .count()
                .get_result(conn),
            Ok(1i64)
        );
    });
}

#[test]
fn a_via_table_follows_its_owner() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        assert_eq!(
            files::table.select(files::name).load(conn),
            Ok(names(&["plan-a.pdf"]))
        );
        let joined: Vec<(String, String)> = documents::table
            .inner_join(files::table)
            .select((documents::title, files::name))
            .load(conn)
            .unwrap();
        assert_eq!(joined, [("plan a".to_owned(), "plan-a.pdf".to_owned())]);
        assert_eq!(files::table.find(101).count().get_result(conn), Ok(0i64));
    });
}

#[test]
fn distinct_group_by_and_having() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows: Vec<Option<String>> = projects::table
            .select(projects::country)
            .distinct()
            .order(projects::country)
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 3);
        let rows: Vec<(i32, String)> = tasks::table
            .distinct_on(tasks::project_id)
            .order((tasks::project_id, tasks::id.desc()))
            .select((tasks::project_id, tasks::title))
            .load(conn)
            .unwrap();
        assert_eq!(rows, [(1, "two a".to_owned()), (2, "three a".to_owned())]);
        let rows: Vec<(i32, i64, Option<i64>)> = tasks::table
            .group_by(tasks::project_id)
            .having(count(tasks::id).gt(1))
            .select((tasks::project_id, count_star(), sum(tasks::points)))
            .load(conn)
            .unwrap();
        assert_eq!(rows, [(1, 2, Some(3))]);
        let rows: Vec<(tenancy_tests::OrgId, i64)> = projects::table
            .group_by(projects::tenant_id)
            .select((projects::tenant_id, count_star()))
            .load(conn)
            .unwrap();
        assert_eq!(rows, [(A, 3)]);
        let rows: Vec<(tenancy_tests::OrgId, Option<String>)> = projects::table
            .group_by((projects::tenant_id, projects::country))
            .select((projects::tenant_id, projects::country))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 3);
    });
}

#[test]
fn boxed_queries_and_nullable() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let mut query: projects::BoxedQuery<'_> = projects::table.into_boxed();
        query = query.filter(projects::name.eq("alpha a"));
        query = query.or_filter(projects::name.eq("alpha b"));
        query = query.order(projects::id).limit(5);
        assert_eq!(
            query.select(projects::name).load(conn),
            Ok(names(&["alpha a"]))
        );
        let rows: Vec<Option<String>> = projects::table
            .select(projects::name)
            .nullable()
            .limit(1)
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 1);
    });
}

#[test]
fn rows_are_locked() {
    Shop::each(|shop| {
        let a = &mut shop.scope(A);
        a.transaction(|a| {
            let locked: Vec<i32> = tasks::table
                .filter(tasks::project_id.eq(1))
                .select(tasks::id)
                .for_update()
                .load(a)?;
            assert_eq!(locked.len(), 2);
            let other = &mut shop.scope(A);
            let free: Vec<i32> = tasks::table
                .select(tasks::id)
                .for_update()
                .skip_locked()
                .load(other)?;
            assert_eq!(free, [3]);
            let refused = tasks::table
                .select(tasks::id)
                .for_no_key_update()
                .no_wait()
                .load::<i32>(other);
            assert!(refused.is_err());
            let b: Vec<i32> = tasks::table
                .select(tasks::id)
                .for_share()
                .skip_locked()
                .load(&mut shop.scope(B))?;
            assert_eq!(b.len(), 4);
            QueryResult::Ok(())
        })
        .unwrap();
    });
}

#[test]
fn joins_filter_every_side() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows: Vec<(Project, Task)> = projects::table
            .inner_join(tasks::table)
            .order(tasks::id)
            .select((Project::as_select(), Task::as_select()))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 3);
        assert!(
            rows.iter()
                .all(|(p, t)| p.name.ends_with(" a") && t.title.ends_with(" a"))
        );
        let rows: Vec<(Project, Option<Task>)> = projects::table
            .left_join(tasks::table)
            .filter(projects::id.eq(3))
            .select((Project::as_select(), Option::<Task>::as_select()))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].1, None);
        let rows: Vec<(String, String, String)> = projects::table
            .inner_join(tasks::table.inner_join(comments::table))
            .order(comments::id)
            .select((projects::name, tasks::title, comments::body))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].2, "second a");
        let rows: Vec<(String, String)> = projects::table
            .inner_join(tasks::table.on(tasks::project_id.eq(projects::id).and(tasks::done)))
            .select((projects::name, tasks::title))
            .load(conn)
            .unwrap();
        assert_eq!(rows, [("alpha a".to_owned(), "two a".to_owned())]);
        // A condition that is always true cannot reach the other tenant either.
        let rows: i64 = projects::table
            .inner_join(tasks::table.on(tasks::id.gt(0)))
            .count()
            .get_result(conn)
            .unwrap();
        assert_eq!(rows, 9);
        let rows: Vec<(FullProject, (tenancy_tests::OrgId, String))> = projects::table
            .inner_join(organisations::table)
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.1.0 == A));
    });
}

#[test]
fn shared_tables_join_on_either_side() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows: Vec<(String, String)> = projects::table
            .inner_join(countries::table)
            .order(projects::id)
            .select((projects::name, countries::label))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 2);
        let rows: Vec<(String, Option<String>)> = projects::table
            .left_join(countries::table.on(countries::code.nullable().eq(projects::country)))
            .order(projects::id)
            .select((projects::name, countries::label.nullable()))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 3);
        let rows: Vec<(String, Option<String>)> = scoped(countries::table)
            .left_join(projects::table)
            .order(countries::code)
            .select((countries::label, projects::name.nullable()))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[2], ("Nowhere".to_owned(), None));
        let rows: Vec<(String, String, String)> = projects::table
            .inner_join(countries::table)
            .inner_join(tasks::table)
            .select((projects::name, countries::label, tasks::title))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(countries::table.count().get_result(conn), Ok(3i64));
        assert_eq!(
            countries::table.count().get_result(&mut shop.raw()),
            Ok(3i64)
        );
        assert_eq!(legacy_events::table.count().get_result(conn), Ok(1i64));
    });
}

#[test]
fn sub_queries_are_scoped() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let with_tasks = tasks::table.select(tasks::project_id);
        let rows: Vec<i32> = projects::table
            .filter(projects::id.eq_any(with_tasks))
            .order(projects::id)
            .select(projects::id)
            .load(conn)
            .unwrap();
        assert_eq!(rows, [1, 2]);
        let rows: Vec<i32> = projects::table
            .filter(projects::id.ne_all(with_tasks))
            .select(projects::id)
            .load(conn)
            .unwrap();
        assert_eq!(rows, [3]);
        let own_tasks = || tasks::table.filter(tasks::project_id.eq(projects::id));
        let rows: Vec<i32> = projects::table
            .filter(exists(own_tasks().filter(tasks::done)))
            .select(projects::id)
            .load(conn)
            .unwrap();
        assert_eq!(rows, [1]);
        let rows: Vec<i32> = projects::table
            .filter(not(exists(own_tasks())))
            .select(projects::id)
            .load(conn)
            .unwrap();
        assert_eq!(rows, [3]);
        let rows: Vec<(String, Option<String>)> = projects::table
            .order(projects::id)
            .select((
                projects::name,
                own_tasks()
                    .order(tasks::id.desc())
                    .select(tasks::title)
                    .single_value(),
            ))
            .load(conn)
            .unwrap();
        assert_eq!(rows[0].1.as_deref(), Some("two a"));
        assert_eq!(rows[2].1, None);
        // A shared table around a tenant's sub-query, and the other way round.
        let rows: Vec<String> = scoped(countries::table)
            .filter(
                countries::code
                    .nullable()
                    .eq_any(projects::table.select(projects::country)),
            )
            .order(countries::code)
            .select(countries::code)
            .load(conn)
            .unwrap();
        assert_eq!(rows, ["de", "fr"]);
        let rows: Vec<i32> = projects::table
            .filter(
                projects::country.eq_any(
                    countries::table
                        .filter(countries::label.eq("France"))
                        .select(countries::code.nullable()),
                ),
            )
            .select(projects::id)
            .load(conn)
            .unwrap();
        assert_eq!(rows, [3]);
        let found: bool = select(exists(projects::table.filter(projects::name.eq("only b"))))
            .get_result(conn)
            .unwrap();
        assert!(!found);
    });
}

#[test]
fn aliases_and_self_joins() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows: Vec<(String, String)> = projects::table
            .inner_join(parent::table.on(projects::parent_id.eq(parent::id.nullable())))
            .order(projects::id)
            .select((projects::name, parent::name))
            .load(conn)
            .unwrap();
        assert_eq!(
            rows,
            [
                ("beta a".to_owned(), "alpha a".to_owned()),
                ("gamma a".to_owned(), "alpha a".to_owned())
            ]
        );
        let rows: Vec<(String, Option<String>)> = parent::table
            .left_join(projects::table.on(projects::parent_id.eq(parent::id.nullable())))
            .filter(parent::id.gt(1))
            .order(parent::id)
            .select((parent::name, projects::name.nullable()))
            .load(conn)
            .unwrap();
        assert_eq!(rows.len(), 2);
        let rows: Vec<i32> = tasks::table
            .filter(exists(
                other_task::table
                    .filter(other_task::project_id.eq(tasks::project_id))
                    .filter(other_task::id.ne(tasks::id)),
            ))
            .order(tasks::id)
            .select(tasks::id)
            .load(conn)
            .unwrap();
        assert_eq!(rows, [1, 2]);
        assert_eq!(parent::table.count().get_result(conn), Ok(3i64));
    });
}

#[test]
fn set_operations_scope_each_arm() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let p = || projects::table.select(projects::id);
        let t = || tasks::table.filter(tasks::id.gt(1)).select(tasks::id);
        let sorted = |mut rows: Vec<i32>| {
            rows.sort_unstable();
            rows
        };
        assert_eq!(sorted(p().union(t()).load(conn).unwrap()), [1, 2, 3]);
        assert_eq!(
            sorted(p().union_all(t()).load(conn).unwrap()),
            [1, 2, 2, 3, 3]
        );
        assert_eq!(sorted(p().intersect(t()).load(conn).unwrap()), [2, 3]);
        assert_eq!(sorted(p().intersect_all(t()).load(conn).unwrap()), [2, 3]);
        assert_eq!(sorted(p().except(t()).load(conn).unwrap()), [1]);
        assert_eq!(sorted(p().except_all(t()).load(conn).unwrap()), [1]);
        let chained: Vec<i32> = p()
            .union(t())
            .except(t())
            .positional_order_by(1)
            .load(conn)
            .unwrap();
        assert_eq!(chained, [1]);
        let filtered: Vec<String> = comments::table
            .filter(comments::id.eq_any(p().intersect(t())))
            .select(comments::body)
            .load(conn)
            .unwrap();
        assert_eq!(filtered, names(&["second a"]));
        assert_eq!(
            parent::table
                .union(parent::table)
                .load::<FullProject>(conn)
                .unwrap()
                .len(),
            3
        );
    });
}

#[test]
fn tables_of_the_same_name_in_two_schemas() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows: Vec<(String, i64)> = billing::projects::table
            .inner_join(billing::invoices::table)
            .order(billing::invoices::id)
            .select((billing::projects::name, billing::invoices::cents))
            .load(conn)
            .unwrap();
        assert_eq!(rows, [("bill a".to_owned(), 10), ("bill a".to_owned(), 7)]);
        let rows: Vec<(String, String)> = projects::table
            .inner_join(billing::projects::table.on(billing::projects::id.eq(projects::id)))
            .select((projects::name, billing::projects::name))
            .load(conn)
            .unwrap();
        assert_eq!(rows, [("alpha a".to_owned(), "bill a".to_owned())]);
        let rows: Vec<i32> = projects::table
            .filter(exists(
                billing::projects::table.filter(billing::projects::id.eq(projects::id)),
            ))
            .select(projects::id)
            .load(conn)
            .unwrap();
        assert_eq!(rows, [1]);
        assert_eq!(
            billing::projects::table
                .find(1)
                .select(billing::projects::budget)
                .first(conn),
            Ok(10i64)
        );
        assert_eq!(
            billing::projects::table
                .select(billing::projects::customer)
                .load(conn),
            Ok(vec![A])
        );
    });
}

#[test]
fn children_of_parents() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let project: Project = Project::query()
            .filter(projects::id.eq(1))
            .first(conn)
            .unwrap();
        let tasks_of_one: Vec<Task> = Task::belonging_to(&project)
            .order(tasks::id)
            .select(Task::as_select())
            .load(conn)
            .unwrap();
        assert_eq!(tasks_of_one.len(), 2);
        let all: Vec<Project> = Project::query().order(projects::id).load(conn).unwrap();
        let grouped = Task::belonging_to(&all)
            .select(Task::as_select())
            .load::<Task>(conn)
            .unwrap()
            .grouped_by(&all);
        assert_eq!(grouped.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 0]);
        let comments: Vec<Comment> = Comment::belonging_to(&tasks_of_one)
            .select(Comment::as_select())
            .load(conn)
            .unwrap();
        assert_eq!(comments.len(), 1);
        // B's parents have the same keys, but in A's scope only A's children are found.
        let of_b: Vec<Project> = Project::query().load(&mut shop.scope(B)).unwrap();
        let found: Vec<Task> = Task::belonging_to(&of_b)
            .select(Task::as_select())
            .load(conn)
            .unwrap();
        assert!(found.iter().all(|task| task.title.ends_with(" a")));
    });
}

#[test]
fn custom_types_bind_and_load() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows: Vec<(i32, Status)> = tasks::table
            .filter(tasks::status.eq(Status::Done))
            .select((tasks::id, tasks::status))
            .load(conn)
            .unwrap();
        assert_eq!(rows, [(2, Status::Done)]);
    });
}

#[test]
fn a_query_value_runs_for_one_tenant_after_the_other() {
    Shop::each(|shop| {
        let query = projects::table
            .filter(projects::id.eq(1))
            .select(projects::name);
        let mut raw = shop.raw();
        for (tenant, name) in [(A, "alpha a"), (B, "alpha b"), (A, "alpha a")] {
            let mut conn = Scoped::open(&mut raw, tenant).unwrap();
            assert_eq!(query.load(&mut conn), Ok(names(&[name])));
        }
    });
}

#[test]
fn rows_come_as_an_iterator() {
    Shop::each(|shop| {
        let conn = &mut shop.scope(A);
        let rows = projects::table
            .select(projects::name)
            .load_iter::<String, diesel::connection::DefaultLoadingMode>(conn)
            .unwrap();
        assert_eq!(rows.count(), 3);
    });
}

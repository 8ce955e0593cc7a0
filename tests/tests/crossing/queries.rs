//! What a crossing reads. Tenant A has three projects and tenant B four; the names tell whose they are.

use diesel::dsl::{count_star, sum};
use diesel::prelude::*;
use tenancy_diesel::crossing::debug_query;
use tenancy_diesel::dsl::{exists, select};
use tenancy_diesel::{ScopedOnDsl, scoped};
use tenancy_tests::models::{FullProject, Project, Status, Task};
use tenancy_tests::schema::{
    billing, comments, countries, documents, files, organisations, parent, projects, tasks,
};
use tenancy_tests::{A, B, OrgId};

use crate::world::World;

#[test]
fn the_rows_of_all_tenants_load_with_their_tenants() {
    let world = World::new();
    let mut cross = world.open();
    let rows: Vec<FullProject> = cross
        .load(projects::table.order((projects::tenant_id, projects::id)))
        .unwrap();
    let whose: Vec<OrgId> = rows.iter().map(|row| row.tenant_id).collect();
    assert_eq!(whose, [A, A, A, B, B, B, B]);

    let first = projects::table.order(projects::tenant_id.desc());
    let first: FullProject = cross.first(first).unwrap();
    assert_eq!(first.tenant_id, B);
    let found = projects::table.find(9).select(Project::as_select());
    assert_eq!(cross.get_result::<Project>(found).unwrap().name, "only b");
    let missing = projects::table.find(77).select(projects::name);
    assert_eq!(cross.first::<String>(missing).optional(), Ok(None));
    let of_b = projects::table.filter(projects::tenant_id.eq(B)).count();
    assert_eq!(cross.get_result::<i64>(of_b), Ok(4));
}

#[test]
fn every_class_of_table_is_read() {
    let world = World::new();
    let mut cross = world.open();
    assert_eq!(cross.get_result::<i64>(organisations::table.count()), Ok(2));
    assert_eq!(cross.get_result::<i64>(files::table.count()), Ok(2));
    assert_eq!(cross.get_result::<i64>(parent::table.count()), Ok(7));
    let shared = scoped(countries::table).count();
    assert_eq!(cross.get_result::<i64>(shared), Ok(3));
    let bills: Vec<String> = cross
        .load(
            billing::projects::table
                .inner_join(billing::invoices::table)
                .filter(billing::invoices::id.eq(1))
                .order(billing::projects::name)
                .select(billing::projects::name),
        )
        .unwrap();
    assert_eq!(bills, ["bill a", "bill b"]);
}

#[test]
fn joins_sub_queries_groups_and_boxed_queries_work() {
    let world = World::new();
    let mut cross = world.open();
    let rows: Vec<(Project, Option<Task>)> = cross
        .load(
            projects::table
                .left_join(tasks::table)
                .order((projects::tenant_id, projects::id, tasks::id))
                .select((Project::as_select(), Option::<Task>::as_select())),
        )
        .unwrap();
    let without: Vec<&str> = (rows.iter().filter(|(_, task)| task.is_none()))
        .map(|(project, _)| project.name.as_str())
        .collect();
    assert_eq!((rows.len(), without), (9, vec!["gamma a", "gamma b"]));

    let by_tenant: Vec<(OrgId, i64)> = cross
        .load(
            tasks::table
                .group_by(tasks::tenant_id)
                .order(tasks::tenant_id)
                .select((tasks::tenant_id, count_star())),
        )
        .unwrap();
    assert_eq!(by_tenant, [(A, 3), (B, 4)]);

    let open_of_all = tasks::table
        .filter(tasks::status.eq(Status::Open))
        .filter(tasks::tenant_id.eq(projects::tenant_id))
        .filter(tasks::project_id.eq(projects::id));
    let with_open: Vec<String> = cross
        .load(
            projects::table
                .filter(exists(open_of_all))
                .order(projects::name)
                .select(projects::name),
        )
        .unwrap();
    assert!(with_open.contains(&"alpha a".to_owned()) && with_open.contains(&"only b".to_owned()));

    let boxed = projects::table
        .into_boxed()
        .filter(projects::name.like("%b"))
        .select(sum(projects::id));
    assert_eq!(cross.get_result::<Option<i64>>(boxed), Ok(Some(15)));
    let union = projects::table
        .select(projects::tenant_id)
        .union(tasks::table.select(tasks::tenant_id));
    assert_eq!(cross.load::<OrgId>(union).unwrap().len(), 2);
    let any = select(exists(projects::table.filter(projects::name.eq("only b"))));
    assert_eq!(cross.get_result::<bool>(any), Ok(true));
}

/// The keys of two tenants overlap, and a declared join names the key without the tenant.
#[test]
fn a_join_never_pairs_rows_of_two_tenants() {
    let world = World::new();
    let mut cross = world.open();
    let pairs: Vec<(OrgId, OrgId)> = cross
        .load(
            tasks::table
                .inner_join(projects::table)
                .select((tasks::tenant_id, projects::tenant_id)),
        )
        .unwrap();
    assert!(
        pairs.len() == 7 && pairs.iter().all(|(task, project)| task == project),
        "{pairs:?}"
    );
    let nested: Vec<(OrgId, OrgId, OrgId)> = cross
        .load(
            comments::table
                .inner_join(tasks::table.inner_join(projects::table))
                .select((comments::tenant_id, tasks::tenant_id, projects::tenant_id)),
        )
        .unwrap();
    assert!(
        nested.len() == 4 && nested.iter().all(|(c, t, p)| c == t && t == p),
        "{nested:?}"
    );
    let files: Vec<(String, String)> = cross
        .load(
            files::table
                .inner_join(documents::table)
                .order(files::name)
                .select((files::name, documents::title)),
        )
        .unwrap();
    let titles: Vec<&str> = files.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(titles, ["plan a", "plan b"]);
    // The control: a condition of the query's own is taken as it is.
    let by_number = projects::table.on(tasks::project_id.eq(projects::id));
    let pairs: Vec<(OrgId, OrgId)> = cross
        .load(
            tasks::table
                .inner_join(by_number)
                .select((tasks::tenant_id, projects::tenant_id)),
        )
        .unwrap();
    assert!(pairs.iter().any(|(task, project)| task != project));
}

#[test]
fn the_sql_has_no_filter_and_shows_in_debug_query() {
    let query = projects::table
        .left_join(tasks::table)
        .filter(projects::name.eq("x"))
        .select(projects::id);
    let sql = debug_query(query).to_string();
    assert_eq!(
        sql,
        "SELECT \"projects\".\"id\" FROM (\"projects\" AS \"projects\" LEFT OUTER JOIN \"tasks\" AS \"tasks\" \
         ON (\"tasks\".\"project_id\" = \"projects\".\"id\") AND \"projects\".\"tenant_id\" = \
         \"tasks\".\"tenant_id\") WHERE (\"projects\".\"name\" = $1) -- binds: [\"x\"]"
    );
    let qualified = debug_query(billing::projects::table.count()).to_string();
    assert!(
        qualified.contains("FROM \"billing\".\"projects\" AS \"billing.projects\""),
        "{qualified}"
    );
    let sample = debug_query(projects::table.tablesample_system(10).count()).to_string();
    assert!(
        sample.contains("FROM \"projects\" AS \"projects\" TABLESAMPLE SYSTEM($1)"),
        "{sample}"
    );
}

#[test]
fn only_and_samples_are_valid_sql() {
    let world = World::new();
    let mut cross = world.open();
    assert_eq!(
        cross.get_result::<i64>(projects::table.only().count()),
        Ok(7)
    );
    let sample = projects::table.tablesample_bernoulli(100).with_seed(1.0);
    assert_eq!(cross.get_result::<i64>(sample.count()), Ok(7));
}

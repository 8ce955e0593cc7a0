//! Code that is generic over queries: return types, boxed queries, repositories, synchronous and
//! asynchronous.

use diesel::pg::Pg;
use diesel::query_dsl::methods;
use diesel::sql_types::Bool;
use tenancy_diesel::dsl::{self, auto_type, exists};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{AsyncScopeConnection, ScopedQuery, SyncScopeConnection, TenantModel};
use tenancy_tests::database::Shop;
use tenancy_tests::models::{NewProject, Project, Task};
use tenancy_tests::schema::{Scoped, countries, parent, projects, tasks};
use tenancy_tests::{A, B, OrgId};

fn as_a(test: impl Fn(&mut Scoped<PgConnection>)) {
    Shop::each(|shop| {
        let before = shop.rows_of(B);
        test(&mut shop.scope(A));
        assert_eq!(shop.rows_of(B), before);
    });
}

mod inferred {
    use super::*;

    #[auto_type]
    pub(super) fn named<'a>(name: &'a str) -> _ {
        projects::table.filter(projects::name.eq(name))
    }

    #[auto_type]
    pub(super) fn of_project(project: i32) -> _ {
        tasks::table
            .inner_join(projects::table)
            .left_join(countries::table.on(projects::country.eq(countries::code.nullable())))
            .filter(projects::id.eq(project))
            .order(tasks::id.asc())
            .select((tasks::id, projects::name, countries::label.nullable()))
    }

    #[auto_type]
    pub(super) fn is_open() -> _ {
        tasks::done.eq(false)
    }

    #[auto_type]
    pub(super) fn with_open_tasks() -> _ {
        let of_project: dsl::Eq<tasks::project_id, projects::id> =
            tasks::project_id.eq(projects::id);
        projects::table.filter(exists(tasks::table.filter(of_project).filter(is_open())))
    }

    #[auto_type]
    pub(super) fn children() -> _ {
        let is_parent: dsl::Eq<projects::parent_id, dsl::Nullable<parent::id>> =
            projects::parent_id.eq(parent::id.nullable());
        projects::table.inner_join(parent::table.on(is_parent))
    }

    #[auto_type]
    pub(super) fn either() -> _ {
        let open: dsl::Select<dsl::Filter<tasks::ScopedTable, is_open>, tasks::title> =
            tasks::table.filter(is_open()).select(tasks::title);
        open.union(projects::table.select(projects::name))
    }

    #[auto_type]
    pub(super) fn rename<'a>(id: i32, name: &'a str) -> _ {
        update(projects::table.find(id))
            .set(projects::name.eq(name))
            .returning(projects::id)
    }

    #[auto_type]
    pub(super) fn forget(id: i32) -> _ {
        delete(tasks::table.find(id))
    }

    #[auto_type]
    pub(super) fn add<'a>(new: &'a NewProject) -> _ {
        insert_into(projects::table)
            .values(new)
            .returning(projects::tenant_id)
    }

    #[auto_type]
    pub(super) fn shared(code: String) -> _ {
        countries::table.filter(countries::code.eq(code))
    }
}

#[test]
fn inferred_return_types() {
    as_a(|conn| {
        assert_eq!(
            inferred::named("alpha a").count().get_result(conn),
            Ok(1i64)
        );
        assert_eq!(
            inferred::named("alpha b").count().get_result(conn),
            Ok(0i64)
        );
        let rows: Vec<(i32, String, Option<String>)> = inferred::of_project(1).load(conn).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0], (1, "alpha a".into(), Some("Germany".into())));
        let open: Vec<i32> = inferred::with_open_tasks()
            .select(projects::id)
            .order(projects::id)
            .load(conn)
            .unwrap();
        assert_eq!(open, [1, 2]);
        assert_eq!(inferred::children().count().get_result(conn), Ok(2i64));
        let mut either: Vec<String> = inferred::either().load(conn).unwrap();
        either.sort();
        assert_eq!(either, ["alpha a", "beta a", "gamma a", "one a", "three a"]);
        assert_eq!(inferred::rename(1, "x").get_result::<i32>(conn), Ok(1));
        assert_eq!(
            inferred::rename(9, "stolen").get_result::<i32>(conn),
            Err(diesel::NotFound)
        );
        assert_eq!(inferred::forget(9).execute(conn), Ok(0));
        let new = NewProject {
            id: 40,
            name: "forty".into(),
            country: None,
        };
        assert_eq!(inferred::add(&new).get_result::<OrgId>(conn), Ok(A));
        assert_eq!(
            inferred::shared("de".into()).count().get_result(conn),
            Ok(1i64)
        );
    });
}

mod written {
    use super::*;

    pub(super) type Named<'a> =
        dsl::Filter<projects::ScopedTable, dsl::Eq<projects::name, &'a str>>;

    pub(super) fn named(name: &str) -> Named<'_> {
        projects::table.filter(projects::name.eq(name))
    }

    pub(super) fn with_tasks() -> dsl::LeftJoin<projects::ScopedTable, tasks::ScopedTable> {
        projects::table.left_join(tasks::table)
    }

    pub(super) fn renamed<'a>(
        name: &'a str,
        new: &'a str,
    ) -> dsl::Update<Named<'a>, dsl::Eq<projects::name, &'a str>> {
        update(named(name)).set(projects::name.eq(new))
    }

    pub(super) fn inserted(
        id: i32,
    ) -> dsl::Returning<dsl::Values<insert_into<projects::ScopedTable>, NewProject>, projects::id>
    {
        let new = NewProject {
            id,
            name: format!("number {id}"),
            country: None,
        };
        insert_into(projects::table)
            .values(new)
            .returning(projects::id)
    }

    pub(super) fn names() -> dsl::UnionAll<
        dsl::Select<projects::ScopedTable, projects::name>,
        dsl::Select<tasks::ScopedTable, tasks::title>,
    > {
        projects::table
            .select(projects::name)
            .union_all(tasks::table.select(tasks::title))
    }

    pub(super) fn has_tasks() -> dsl::select<exists<tasks::ScopedTable>> {
        dsl::select(exists(tasks::table))
    }
}

#[test]
fn written_return_types() {
    as_a(|conn| {
        assert_eq!(written::named("beta a").count().get_result(conn), Ok(1i64));
        assert_eq!(written::with_tasks().count().get_result(conn), Ok(4i64));
        assert_eq!(written::names().load::<String>(conn).unwrap().len(), 6);
        assert_eq!(written::has_tasks().get_result(conn), Ok(true));
        assert_eq!(written::renamed("beta a", "beta").execute(conn), Ok(1));
        assert_eq!(written::renamed("beta b", "beta").execute(conn), Ok(0));
        assert_eq!(written::inserted(44).get_result::<i32>(conn), Ok(44));
    });
}

type Predicate<Source> = Box<dyn BoxableExpression<Source, Pg, SqlType = Bool>>;
type OfTask = dsl::InnerJoinQuerySource<tasks::ScopedTable, projects::ScopedTable>;

fn any_of(predicates: Vec<Predicate<OfTask>>) -> Predicate<OfTask> {
    predicates
        .into_iter()
        .reduce(|left, right| Box::new(left.or(right)))
        .unwrap_or_else(|| Box::new(tasks::id.eq(-1)))
}

fn searched<'a>(prefix: Option<&'a str>, newest: bool) -> projects::BoxedQuery<'a> {
    let mut query = projects::table.into_boxed();
    if let Some(prefix) = prefix {
        query = query.filter(projects::name.like(format!("{prefix}%")));
    }
    if newest {
        query = query.order(projects::id.desc());
    }
    query
}

#[test]
fn boxed_queries_and_predicates_are_passed_around() {
    as_a(|conn| {
        let first = searched(Some("a"), false)
            .first::<(OrgId, i32, String, Option<String>, Option<i32>)>(conn);
        assert_eq!(first.unwrap().0, A);
        let newest: i32 = searched(None, true)
            .select(projects::id)
            .first(conn)
            .unwrap();
        assert_eq!(newest, 3, "B's newest is 9");
        let matching = any_of(vec![
            Box::new(projects::name.like("%b")),
            Box::new(tasks::title.eq("two a")),
            Box::new(projects::tenant_id.eq(B)),
            Box::new(tasks::id.ge(3)),
        ]);
        let ids: Vec<i32> = tasks::table
            .inner_join(projects::table)
            .filter(matching)
            .order(tasks::id)
            .select(tasks::id)
            .load(conn)
            .unwrap();
        assert_eq!(ids, [2, 3]);
    });
}

fn page<'q, Q, U, C, Id>(
    query: Q,
    page: i64,
    conn: &mut tenancy_diesel::Scoped<C, Id>,
) -> QueryResult<Vec<U>>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    Q: methods::OffsetDsl,
    dsl::Offset<Q>: methods::LimitDsl,
    dsl::Limit<dsl::Offset<Q>>: methods::LoadQuery<'q, tenancy_diesel::Scoped<C, Id>, U>,
{
    let query = methods::OffsetDsl::offset(query, page * 2);
    methods::LimitDsl::limit(query, 2).load(conn)
}

/// Generic over the table, the predicate and the connection.
fn matching<'q, T, P, U, C>(table: T, predicate: P, conn: &mut Scoped<C>) -> QueryResult<Vec<U>>
where
    C: SyncScopeConnection,
    T: methods::FilterDsl<P>,
    dsl::Filter<T, P>: methods::LoadQuery<'q, Scoped<C>, U>,
{
    methods::FilterDsl::filter(table, predicate).load(conn)
}

#[test]
fn functions_are_generic_over_the_query_and_the_connection() {
    as_a(|conn| {
        let query = || projects::table.order(projects::id).select(projects::id);
        assert_eq!(page::<_, i32, _, _>(query(), 0, conn).unwrap(), [1, 2]);
        assert_eq!(page::<_, i32, _, _>(query(), 1, conn).unwrap(), [3]);
        let ids = projects::table.select(projects::id);
        let mine: Vec<i32> = matching(ids, projects::name.eq("alpha a"), conn).unwrap();
        assert_eq!(mine, [1]);
        let ids = tasks::table.select(tasks::id);
        let foreign: Vec<i32> = matching(ids, tasks::title.eq("one b"), conn).unwrap();
        assert!(foreign.is_empty());
    });
}

/// What applications call a repository: a value that holds the scope.
struct Projects<'conn, C: SyncScopeConnection>(&'conn mut Scoped<C>);

impl<C: SyncScopeConnection> Projects<'_, C> {
    fn get(&mut self, id: i32) -> QueryResult<Option<Project>> {
        projects::table
            .find(id)
            .select(Project::as_select())
            .first(self.0)
            .optional()
    }

    fn with_tasks(&mut self) -> QueryResult<Vec<(Project, Vec<Task>)>> {
        let parents: Vec<Project> = Project::query().order(projects::id).load(self.0)?;
        let children = Task::belonging_to(&parents)
            .select(Task::as_select())
            .order(tasks::id)
            .load(self.0)?
            .grouped_by(&parents);
        Ok(parents.into_iter().zip(children).collect())
    }

    fn rename(&mut self, project: &Project, name: &str) -> QueryResult<usize> {
        self.0
            .transaction(|conn| update(project).set(projects::name.eq(name)).execute(conn))
    }
}

#[test]
fn a_repository_holds_a_scope() {
    as_a(|conn| {
        let mut projects = Projects(conn);
        assert_eq!(projects.get(9), Ok(None));
        let first = projects.get(1).unwrap().unwrap();
        assert_eq!(projects.rename(&first, "renamed"), Ok(1));
        let all = projects.with_tasks().unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].1.len(), 2);
        assert_eq!(all[0].0.name, "renamed");
    });
}

/// Generic over the model.
fn all<'q, M, C>(conn: &mut Scoped<C>) -> QueryResult<Vec<M>>
where
    C: SyncScopeConnection,
    M: TenantModel + Selectable<Pg> + 'q,
    tenancy_diesel::ScopedTable<M::Table>: methods::SelectDsl<dsl::AsSelect<M, Pg>>,
    dsl::AsSelect<M, Pg>: Expression,
    dsl::Select<tenancy_diesel::ScopedTable<M::Table>, dsl::AsSelect<M, Pg>>:
        methods::LoadQuery<'q, Scoped<C>, M>,
{
    M::query().load(conn)
}

#[test]
fn functions_are_generic_over_the_model() {
    as_a(|conn| {
        assert_eq!(all::<Project, _>(conn).unwrap().len(), 3);
        assert_eq!(all::<Task, _>(conn).unwrap().len(), 3);
    });
}

/// What sorts differently by need, behind one return type.
fn sorted<'a, Q>(query: Q, descending: bool) -> dsl::IntoBoxed<'a, Q, Pg>
where
    Q: methods::BoxedDsl<'a, Pg>,
    dsl::IntoBoxed<'a, Q, Pg>: methods::OrderDsl<dsl::Asc<projects::id>, Output = dsl::IntoBoxed<'a, Q, Pg>>
        + methods::OrderDsl<dsl::Desc<projects::id>, Output = dsl::IntoBoxed<'a, Q, Pg>>,
{
    let query = methods::BoxedDsl::internal_into_boxed(query);
    if descending {
        methods::OrderDsl::order(query, projects::id.desc())
    } else {
        methods::OrderDsl::order(query, projects::id.asc())
    }
}

#[test]
fn functions_box_what_they_are_given() {
    as_a(|conn| {
        let query = || projects::table.select(projects::id);
        assert_eq!(sorted(query(), true).load::<i32>(conn).unwrap(), [3, 2, 1]);
        assert_eq!(sorted(query(), false).load::<i32>(conn).unwrap(), [1, 2, 3]);
    });
}

mod asynchronous {
    use diesel_async::RunQueryDsl;
    use diesel_async::methods::{ExecuteDsl, LoadQuery};

    use super::*;

    async fn load<'q, Q, U, C>(query: Q, conn: &mut Scoped<C>) -> QueryResult<Vec<U>>
    where
        C: AsyncScopeConnection,
        Q: LoadQuery<'q, Scoped<C>, U> + 'q,
        U: Send + 'static,
    {
        query.get_results(conn).await
    }

    async fn execute<Q, C>(query: ScopedQuery<Q, OrgId>, conn: &mut Scoped<C>) -> QueryResult<usize>
    where
        C: AsyncScopeConnection,
        ScopedQuery<Q, OrgId>: ExecuteDsl<Scoped<C>, Pg>,
    {
        query.execute(conn).await
    }

    struct Projects<'conn, C: AsyncScopeConnection>(&'conn mut Scoped<C>);

    impl<C: AsyncScopeConnection> Projects<'_, C> {
        async fn get(&mut self, id: i32) -> QueryResult<Option<Project>> {
            Project::query()
                .filter(projects::id.eq(id))
                .first(self.0)
                .await
                .optional()
        }
    }

    #[tokio::test]
    async fn functions_are_generic_over_the_query_and_the_connection() {
        let shop = Shop::new(tenancy_tests::database::Layers::Both);
        let mut conn = shop.async_scope(A).await;
        let ids: Vec<i32> = load(inferred::with_open_tasks().select(projects::id), &mut conn)
            .await
            .unwrap();
        assert_eq!(ids.len(), 2);
        assert_eq!(execute(inferred::forget(9), &mut conn).await, Ok(0));
        let mut projects = Projects(&mut conn);
        assert_eq!(projects.get(9).await, Ok(None));
        assert!(projects.get(1).await.unwrap().is_some());
    }
}

//! A crossing stays one: nothing of it is left for scopes, and it does not write.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Bool, Integer, Text};
use tenancy_diesel::{Scoped, update};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B};

use crate::world::World;

fn count(conn: &mut tenancy_tests::schema::Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(conn)
}

/// The same query value, on the same kind of connection, in turns. Row-level security is off, so that the
/// filter alone can tell.
#[test]
fn a_scope_filters_before_between_and_after_crossings() {
    let world = World::new();
    world.administer("ALTER TABLE projects DISABLE ROW LEVEL SECURITY");
    let mut cross = world.open();
    let mut scope = world.scope(A);
    for _ in 0..4 {
        assert_eq!(count(&mut scope), Ok(3));
        assert_eq!(cross.get_result::<i64>(projects::table.count()), Ok(7));
        let mut b = cross.scope(world.raw(), B).unwrap();
        assert_eq!(count(&mut b), Ok(4));
    }
}

/// The statement of a scope on the very connection that prepared the unfiltered one.
#[test]
fn a_scope_does_not_meet_the_prepared_statement_of_a_crossing() {
    let world = World::new();
    world.administer("ALTER TABLE projects DISABLE ROW LEVEL SECURITY");
    let reading = world.sync_pool_of(&world.url_of(&world.role("support")), 1);
    let recording = world.sync_pool_of(&world.url_of(&world.role("recorder")), 1);
    let pool = tenancy_diesel::crossing::CrossTenantPool::builder(reading.clone(), recording)
        .app_role(world.app_role())
        .build()
        .unwrap();
    for _ in 0..3 {
        let mut cross = pool.open("alice", "ticket 1").unwrap();
        for _ in 0..2 {
            assert_eq!(cross.get_result::<i64>(projects::table.count()), Ok(7));
        }
        drop(cross);
        let mut scope = Scoped::open(reading.get().unwrap(), A).unwrap();
        assert_eq!(projects::table.count().get_result::<i64>(&mut scope), Ok(3));
    }
}

#[derive(Debug)]
struct LooksUp<'a>(&'a World);

impl diesel::serialize::ToSql<Integer, diesel::pg::Pg> for LooksUp<'_> {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        // A scope in the middle of the rendering of a crossing.
        let mut scope = self.0.scope(A);
        let rows = i32::try_from(count(&mut scope)?)?;
        diesel::serialize::ToSql::<Integer, diesel::pg::Pg>::to_sql(&rows, &mut out.reborrow())
    }
}

impl diesel::expression::AsExpression<Integer> for LooksUp<'_> {
    type Expression = diesel::internal::derives::as_expression::Bound<Integer, Self>;

    fn as_expression(self) -> Self::Expression {
        diesel::internal::derives::as_expression::Bound::new(self)
    }
}

#[test]
fn a_scope_inside_of_the_rendering_of_a_crossing_is_filtered() {
    let world = World::new();
    world.administer("ALTER TABLE projects DISABLE ROW LEVEL SECURITY");
    let mut cross = world.open();
    let query = projects::table
        .filter(projects::id.eq(LooksUp(&world)))
        .order(projects::name)
        .select(projects::name);
    // The scope inside counts three, and the rest of the crossing is as wide as before.
    assert_eq!(
        cross.load::<String>(query),
        Ok(vec!["gamma a".to_owned(), "gamma b".to_owned()])
    );
}

#[test]
fn without_its_policy_the_reading_role_sees_nothing() {
    let world = World::new();
    let admin_policy = "tenancy_admin";
    world.administer(&format!("DROP POLICY {admin_policy} ON projects"));
    assert_eq!(
        world.open().get_result::<i64>(projects::table.count()),
        Ok(0)
    );
}

/// Writes do not compile. What a fragment of SQL can still say is refused by the transaction.
#[test]
fn a_fragment_that_writes_is_refused_by_the_server() {
    let world = World::new();
    world.administer(
        "CREATE FUNCTION break_in() RETURNS bool LANGUAGE sql SECURITY DEFINER AS
             $$ UPDATE projects SET name = 'broken' RETURNING true $$;
         GRANT EXECUTE ON FUNCTION break_in() TO PUBLIC",
    );
    let mut cross = world.open();
    for fragment in [
        "break_in()",
        "nextval('tenancy.crossings_id_seq') > 0",
        "set_config('transaction_read_only', 'off', true) = 'off'",
    ] {
        let query = projects::table.filter(diesel::dsl::sql::<Bool>(fragment));
        let refused = cross.load::<i32>(query.select(projects::id));
        assert!(refused.is_err(), "{fragment}: {refused:?}");
    }
    let locking = projects::table.select(projects::id).for_update();
    assert!(matches!(
        cross.load::<i32>(locking),
        Err(Error::DatabaseError(
            DatabaseErrorKind::ReadOnlyTransaction | DatabaseErrorKind::Unknown,
            _
        ))
    ));
    assert_eq!(
        world.number("SELECT count(*) AS n FROM projects WHERE name = 'broken'"),
        0
    );
}

/// A setting that a fragment leaves in the session does not reach the next crossing.
#[test]
fn what_a_fragment_does_to_the_session_ends_with_the_crossing() {
    let world = World::new();
    let pool = world.pool();
    let mut cross = pool.open("alice", "ticket 1").unwrap();
    let sets = diesel::dsl::sql::<Text>("set_config('app.mark', 'left behind', false)");
    cross
        .load::<String>(projects::table.limit(1).select(sets))
        .unwrap();
    let mark = || {
        let mark = diesel::dsl::sql::<Text>("coalesce(current_setting('app.mark', true), '')");
        projects::table.limit(1).select(mark)
    };
    assert_eq!(
        cross.get_result::<String>(mark()),
        Ok("left behind".to_owned())
    );
    drop(cross);
    for _ in 0..3 {
        let mut next = pool.open("bob", "ticket 2").unwrap();
        assert_eq!(next.get_result::<String>(mark()), Ok(String::new()));
    }
}

#[test]
fn a_write_goes_through_an_ordinary_scope() {
    let world = World::new();
    let mut cross = world.open();
    let mut scope = cross.scope(world.raw(), A).unwrap();
    assert_eq!(scope.tenant(), &A);
    let changed = update(projects::table).set(projects::country.eq("xx"));
    assert_eq!(changed.execute(&mut scope), Ok(3));
    let of_a = format!(
        "SELECT count(*) AS n FROM projects WHERE country = 'xx' AND tenant_id = '{}'",
        A.0
    );
    assert_eq!(world.number(&of_a), 3);
    assert_eq!(
        world.number("SELECT count(*) AS n FROM projects WHERE country = 'xx'"),
        4
    );
}

//! SQL that changes the session. A pool's connection is not used again after it.

use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Integer, Text};
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{countries, documents, files, projects};
use tenancy_tests::{A, B, pools};

use crate::harness::{Leased, lines};

/// Everything that outlives a transaction, except for the variable.
pub(super) const TRACE: &str = "SELECT concat_ws(' ', current_setting('search_path'), current_user, session_user,
    (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()),
    (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),
    (SELECT count(*) FROM pg_cursors WHERE is_holdable),
    (SELECT count(*) FROM pg_listening_channels()),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())) AS line";

/// Each leaves something behind in a session.
pub(super) const ATTACKS: &[&str] = &[
    "SET search_path = elsewhere",
    "/* SELECT */ SET search_path = elsewhere",
    "/* /* */ SELECT */ SET search_path = elsewhere",
    "--\rLISTEN\nVALUES",
    "SELECT set_config('search_path', 'elsewhere', false)",
    "SELECT U&\"set\\005fconfig\"('search_path', 'elsewhere', false)",
    "UPDATE pg_settings SET setting = 'elsewhere' WHERE name = 'search_path'",
    "DO $$BEGIN PERFORM set_config('search_path', 'elsewhere', false); END$$",
    "CREATE TEMP TABLE projects (tenant_id uuid, id int, name text)",
    "CREATE TEMP TABLE kept AS SELECT * FROM projects",
    "SELECT * INTO TEMP projects FROM countries",
    "WITH c AS (SELECT 1 AS n) SELECT n INTO pg_temp.kept FROM c",
    "EXPLAIN ANALYZE CREATE TEMP TABLE projects AS SELECT * FROM countries",
    "CREATE TEMP VIEW projects AS SELECT 1 AS id",
    "PREPARE kept AS SELECT * FROM projects",
    "DECLARE kept CURSOR WITH HOLD FOR SELECT name FROM projects",
    "LISTEN elsewhere",
    "SELECT pg_advisory_lock(4711)",
    "SELECT pg_try_advisory_lock_shared(4712)",
    "SELECT query_to_xml('SELECT set' || '_config(''search_path'', ''elsewhere'', false)', true, true, '')",
];

/// What the next lease finds after `attack` in a lease of A.
fn left(shop: &Shop, attack: impl FnOnce(&mut Leased)) -> String {
    let pool = pools::r2d2(&shop.url(), 1);
    attack(&mut pool.scope(A).unwrap());
    lines(&mut pool.shared().unwrap(), TRACE).unwrap().remove(0)
}

#[test]
fn raw_sql_leaves_nothing_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let clean = lines(&mut shop.raw(), TRACE).unwrap().remove(0);
    for attack in ATTACKS {
        let mut plain = shop.raw();
        diesel::sql_query(*attack).execute(&mut plain).unwrap();
        let control = lines(&mut plain, TRACE).unwrap();
        assert_ne!(control[0], clean, "control: {attack}");
        drop(plain);
        let after = left(&shop, |conn| {
            diesel::sql_query(*attack).execute(conn).unwrap();
        });
        assert_eq!(after, clean, "{attack}");
    }
}

#[test]
fn a_batch_of_raw_sql_leaves_nothing_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let clean = lines(&mut shop.raw(), TRACE).unwrap().remove(0);
    for attack in ATTACKS {
        let after = left(&shop, |conn| conn.batch_execute(attack).unwrap());
        assert_eq!(after, clean, "{attack}");
    }
}

/// A fragment in a scoped query can call a function that changes the session.
#[test]
fn a_fragment_leaves_nothing_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let clean = lines(&mut shop.raw(), TRACE).unwrap().remove(0);
    let set = "set_config('search_path', 'elsewhere', false)";
    let selected = left(&shop, |conn| {
        let query = projects::table.select(sql::<Text>(set));
        query.load::<String>(conn).unwrap();
    });
    assert_eq!(selected, clean);
    let filtered = left(&shop, |conn| {
        let condition = sql::<Bool>(set).sql(" <> ''");
        let query = update(projects::table.filter(condition)).set(projects::country.eq("de"));
        assert_eq!(query.execute(conn), Ok(3));
    });
    assert_eq!(filtered, clean);
    let locked = left(&shop, |conn| {
        let lock = sql::<Integer>("length(pg_advisory_lock(projects.id)::text)");
        projects::table.select(lock).load::<i32>(conn).unwrap();
    });
    assert_eq!(locked, clean);
}

diesel::define_sql_function! {
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
}

/// A function that the application declares has a query id, like every statement of the query builder.
#[test]
fn a_declared_function_leaves_nothing_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let clean = lines(&mut shop.raw(), TRACE).unwrap().remove(0);
    let set = || set_config("search_path", "elsewhere", false);
    let alone = left(&shop, |conn| {
        diesel::select(set()).get_result::<String>(conn).unwrap();
    });
    assert_eq!(alone, clean);
    let scoped = left(&shop, |conn| {
        projects::table.select(set()).load::<String>(conn).unwrap();
    });
    assert_eq!(scoped, clean);
}

/// SELECT .. INTO makes a table, and what a query is wrapped in can begin with anything.
#[test]
fn a_scoped_statement_that_makes_something_leaves_nothing_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let clean = lines(&mut shop.raw(), TRACE).unwrap().remove(0);
    let into = left(&shop, |conn| {
        let fragment = sql::<Integer>("projects.id INTO TEMP countries");
        projects::table.select(fragment).execute(conn).unwrap();
    });
    assert_eq!(into, clean);
    let wrapped = left(&shop, |conn| {
        let names = projects::table.select(projects::name);
        names.wrap(Kept).execute(conn).unwrap();
    });
    assert_eq!(wrapped, clean);
}

/// What the query builder says by itself is no reason to give a connection up.
#[test]
fn a_lease_that_ran_scoped_statements_is_used_again() {
    let shop = Shop::new(Layers::Both);
    let pool = pools::r2d2(&shop.url(), 1);
    let pid = "SELECT pg_backend_pid()::text AS line";
    let session = lines(&mut pool.shared().unwrap(), pid).unwrap();
    let mut conn = pool.scope(A).unwrap();
    let names = || projects::table.select(projects::name);
    names().union(names()).load::<String>(&mut conn).unwrap();
    let document = documents::table
        .select(documents::id)
        .first::<i32>(&mut conn);
    insert_into(files::table)
        .values((
            files::id.eq(4711),
            files::document_id.eq(document.unwrap()),
            files::name.eq("new"),
        ))
        .returning(files::id)
        .get_result::<i32>(&mut conn)
        .unwrap();
    names()
        .select((projects::id, projects::name))
        .filter(projects::id.eq(1))
        .insert_into(projects::table)
        .into_columns((projects::id, projects::name))
        .on_conflict(projects::id)
        .do_update()
        .set(projects::country.eq("de"))
        .execute(&mut conn)
        .unwrap();
    update(projects::table.find(1))
        .set(projects::name.eq("x"))
        .execute(&mut conn)
        .unwrap();
    delete(files::table).execute(&mut conn).unwrap();
    countries::table
        .count()
        .get_result::<i64>(&mut conn)
        .unwrap();
    drop(conn);
    assert_eq!(lines(&mut pool.shared().unwrap(), pid).unwrap(), session);
}

/// A table that keeps the rows of a query. It has a query id, as most types of an application's have.
#[derive(QueryId)]
struct Kept<Q>(Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Kept<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("CREATE TEMP TABLE kept AS ");
        self.0.walk_ast(pass)
    }
}

#[derive(QueryId)]
struct SetSearchPath;

impl QueryFragment<Pg> for SetSearchPath {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("SET search_path = elsewhere");
        Ok(())
    }
}

impl<C: Connection> RunQueryDsl<C> for SetSearchPath {}

#[test]
fn a_statement_with_a_query_id_leaves_nothing_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let clean = lines(&mut shop.raw(), TRACE).unwrap().remove(0);
    for _ in 0..2 {
        let after = left(&shop, |conn| {
            SetSearchPath.execute(conn).unwrap();
        });
        assert_eq!(after, clean);
    }
}

#[test]
fn a_seed_is_not_known_to_the_next_lease() {
    let shop = Shop::new(Layers::Both);
    let random = "SELECT random()::text AS line";
    let seed = "SELECT setseed(0.25)::text AS line";
    let mut plain = shop.raw();
    let mut seeded = || {
        lines(&mut plain, seed).unwrap();
        lines(&mut plain, random).unwrap()
    };
    let known = seeded();
    assert_eq!(seeded(), known, "control");
    let pool = pools::r2d2(&shop.url(), 1);
    lines(&mut pool.scope(A).unwrap(), seed).unwrap();
    assert_ne!(lines(&mut pool.shared().unwrap(), random).unwrap(), known);
}

/// It is shown each statement of the connection, with the values of its binds.
#[test]
fn the_instrumentation_of_a_lease_does_not_see_the_next_tenants_statements() {
    let shop = Shop::new(Layers::Both);
    let pool = pools::r2d2(&shop.url(), 1);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut conn = pool.scope(A).unwrap();
    let log = Arc::clone(&seen);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        log.lock().unwrap().push(format!("{event:?}"));
    });
    let find = |name: &'static str| projects::table.filter(projects::name.eq(name)).count();
    find("of a").get_result::<i64>(&mut conn).unwrap();
    drop(conn);
    let mut conn = pool.scope(B).unwrap();
    find("of b").get_result::<i64>(&mut conn).unwrap();
    let seen = seen.lock().unwrap().concat();
    assert!(seen.contains("of a"), "control: {seen}");
    assert!(!seen.contains("of b"), "{seen}");
}

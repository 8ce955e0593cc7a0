//! SQL that changes the session. A pool's connection is not used again after it.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_types::{Bool, Integer, Text};
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_tests::A;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;

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
    "SELECT pg_try_advisory_lock_shared(4711)",
    "SELECT query_to_xml('SELECT set' || '_config(''search_path'', ''elsewhere'', false)', true, true, '')",
];

fn pool(shop: &Shop) -> Pool<ConnectionManager<PgConnection>> {
    Pool::builder()
        .max_size(1)
        .build(ConnectionManager::new(shop.url()))
        .unwrap()
}

/// What the next lease finds after `attack` in a lease of A.
fn left(shop: &Shop, attack: impl FnOnce(&mut Leased)) -> String {
    let pool = pool(shop);
    attack(&mut Scoped::open(pool.get().unwrap(), A).unwrap());
    lines(&mut pool.get().unwrap(), TRACE).unwrap().remove(0)
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

//! SQL that was injected into a scope of A and names B.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_tests::{A, B};

use crate::world::{Mode, Shop, foreign, lines};

const ALL: &str = "SELECT name::text AS line FROM projects ORDER BY id, name";

/// Statements that run before the one that reads, in the same transaction. `{b}` is the plain id of B.
const BEFORE: &[(&str, &str)] = &[
    ("SET LOCAL", "SET LOCAL app.tenant_id = '{b}'"),
    ("SET", "SET app.tenant_id = '{b}'"),
    ("SET SESSION", "SET SESSION app.tenant_id TO '{b}'"),
    ("another spelling of the variable", "SET \"APP\".\"Tenant_ID\" = '{b}'"),
    (
        "set_config",
        "SELECT set_config('app.tenant_id', '{b}', true)",
    ),
    (
        "set_config for the session",
        "SELECT set_config('app.tenant_id', '{b}', false)",
    ),
    (
        "pg_settings",
        "SET LOCAL app.tenant_id = DEFAULT; UPDATE pg_settings SET setting = '{b}' WHERE name = 'app.tenant_id';
         SELECT set_config('app.tenant_id', '{b}', true)",
    ),
    (
        "a DO block",
        "DO $$BEGIN SET LOCAL app.tenant_id = '{b}'; END$$",
    ),
    (
        "EXECUTE in a DO block",
        "DO $$BEGIN EXECUTE 'SET LOCAL app.' || 'tenant_id = ''{b}'''; END$$",
    ),
    (
        "a savepoint that is released",
        "SAVEPOINT s; SET LOCAL app.tenant_id = '{b}'; RELEASE s",
    ),
    (
        "a prepared statement",
        "PREPARE planted AS SELECT set_config('app.tenant_id', $1, true); EXECUTE planted('{b}')",
    ),
    (
        "a function of its own in pg_temp",
        "CREATE FUNCTION pg_temp.b() RETURNS text LANGUAGE sql AS
             $$SELECT set_config('app.tenant_id', '{b}', true)$$;
         SELECT pg_temp.b()",
    ),
    (
        "the default of a function's argument",
        "CREATE FUNCTION pg_temp.b(x text DEFAULT set_config('app.tenant_id', '{b}', true))
             RETURNS text LANGUAGE sql AS 'SELECT x';
         SELECT pg_temp.b()",
    ),
    (
        "the default of a column",
        "CREATE TEMP TABLE planted (
             x int, y text DEFAULT set_config('app.tenant_id', '{b}', true)) ON COMMIT DROP;
         INSERT INTO planted (x) VALUES (1)",
    ),
    (
        "a trigger",
        "CREATE TEMP TABLE planted (x int) ON COMMIT DROP;
         CREATE FUNCTION pg_temp.b() RETURNS trigger LANGUAGE plpgsql AS
             $$BEGIN PERFORM set_config('app.tenant_id', '{b}', true); RETURN NEW; END$$;
         CREATE TRIGGER planted BEFORE INSERT ON planted EXECUTE FUNCTION pg_temp.b();
         INSERT INTO planted VALUES (1)",
    ),
    (
        "another transaction",
        "COMMIT; BEGIN; SET LOCAL app.tenant_id = '{b}'",
    ),
];

/// Statements that read by themselves, with a column `line`.
const READERS: &[(&str, &str)] = &[
    (
        "a setting before a sub-select",
        "WITH planted AS MATERIALIZED (SELECT set_config('app.tenant_id', '{b}', true))
         SELECT p.name::text AS line FROM planted CROSS JOIN LATERAL (
             SELECT name FROM projects WHERE planted.set_config IS NOT NULL) AS p",
    ),
    (
        "a setting in mid-scan, before a sub-select that is read later",
        "SELECT set_config('app.tenant_id', '{b}', true) || (
             SELECT coalesce(string_agg(name, ','), '') FROM projects) AS line FROM countries",
    ),
    (
        "a function with a setting of its own",
        "SELECT as_b() AS line",
    ),
    (
        "a query in a text",
        "SELECT query_to_xml('SELECT set_config(''app.tenant_id'', ''{b}'', true)', true, true, '')::text
             || query_to_xml('SELECT name FROM projects', true, true, '')::text AS line",
    ),
];

/// A function whose SET clause holds while it runs. Only a superuser gives one to a custom variable.
const AS_B: &str = "CREATE FUNCTION public.as_b() RETURNS SETOF text LANGUAGE sql
    SET app.tenant_id = '{b}' AS 'SELECT name::text FROM projects'";

/// What the session of A shows after the attack, in the transaction of a scope.
fn attack(shop: &Shop, before: &str, read: &str) -> QueryResult<Vec<String>> {
    let b = B.0.to_string();
    let (before, read) = (before.replace("{b}", &b), read.replace("{b}", &b));
    let mut conn = shop.raw();
    let own = shop.value_of(A);
    conn.batch_execute(&format!("BEGIN; SET LOCAL app.tenant_id = '{own}'"))?;
    conn.batch_execute(&before)?;
    lines(&mut conn, &read)
}

/// The role may create temporary objects, which the bootstrap script would take from it.
fn shop(mode: Mode) -> Shop {
    let shop = Shop::new(mode);
    let app = shop.app_role();
    shop.superuser()
        .batch_execute(&format!(
            "DO $$BEGIN EXECUTE format('GRANT TEMP ON DATABASE %I TO {app}', current_database()); END$$"
        ))
        .unwrap();
    shop
}

fn shows_b(names: &[String]) -> bool {
    names.iter().any(|line| line.contains("alpha b"))
}

#[test]
fn no_statement_before_a_query_makes_it_read_the_other_tenant() {
    let [sealed, strict, plain] = [Mode::Sealed, Mode::Strict, Mode::Plain].map(shop);
    for (way, sql) in BEFORE {
        let control = attack(&plain, sql, ALL).unwrap();
        assert!(
            shows_b(&control),
            "{way}: the control does not leak: {control:?}"
        );
        for shop in [&sealed, &strict] {
            let error = attack(shop, sql, ALL).expect_err(way);
            assert_eq!(
                error.to_string(),
                "tenancy: the sealed tenant is refused: not sealed",
                "{way}"
            );
        }
    }
}

#[test]
fn no_query_changes_the_tenant_for_a_part_of_itself() {
    let [sealed, strict, plain] = [Mode::Sealed, Mode::Strict, Mode::Plain].map(|mode| {
        let shop = shop(mode);
        let as_b = AS_B.replace("{b}", &B.0.to_string());
        shop.superuser().batch_execute(&as_b).unwrap();
        shop
    });
    for (way, sql) in READERS {
        let control = attack(&plain, "SELECT", sql).unwrap();
        assert!(
            shows_b(&control),
            "{way}: the control does not leak: {control:?}"
        );
        for shop in [&sealed, &strict] {
            match attack(shop, "SELECT", sql) {
                Ok(seen) => assert!(!shows_b(&seen), "{way}: {seen:?}"),
                Err(error) => assert_eq!(
                    error.to_string(),
                    "tenancy: the sealed tenant is refused: not sealed",
                    "{way}"
                ),
            }
        }
    }
}

/// Writes go the same way: what the session names is what a row has to belong to.
#[test]
fn no_statement_writes_a_row_of_the_other_tenant() {
    let b = B.0;
    for sql in [
        format!("INSERT INTO projects VALUES ('{b}', 77, 'planted')"),
        "UPDATE projects SET name = 'planted' || id".to_owned(),
        "DELETE FROM comments".to_owned(),
    ] {
        for mode in [Mode::Plain, Mode::Sealed, Mode::Strict] {
            let shop = shop(mode);
            let before = shop.rows_of(B);
            let mut conn = shop.raw();
            let own = shop.value_of(A);
            let attack = format!(
                "BEGIN; SET LOCAL app.tenant_id = '{own}'; SET LOCAL app.tenant_id = '{b}'; {sql}; COMMIT"
            );
            let result = conn.batch_execute(&attack);
            let changed = shop.rows_of(B) != before;
            assert_eq!(changed, mode == Mode::Plain, "{mode:?}: {sql}: {result:?}");
            assert_eq!(result.is_ok(), mode == Mode::Plain, "{mode:?}: {sql}");
        }
    }
}

/// The same through a scope, whose filter is not in raw SQL.
#[test]
fn raw_sql_in_a_scope_reads_its_own_tenant_or_nothing() {
    for mode in [Mode::Plain, Mode::Sealed, Mode::Strict] {
        let shop = shop(mode);
        let b = B.0;
        let seen = shop.scope_of(A).transaction(|conn| {
            let own = lines(conn, ALL)?;
            assert_eq!(own, ["alpha a", "beta a", "gamma a"]);
            conn.batch_execute(&format!("SET LOCAL app.tenant_id = '{b}'"))?;
            lines(conn, ALL)
        });
        match mode {
            Mode::Plain => assert!(shows_b(&seen.unwrap()), "the control does not leak"),
            _ => {
                let error = seen.unwrap_err();
                assert!(error.to_string().contains("not sealed"), "{error}");
            }
        }
        let after = lines(&mut shop.scope_of(A), ALL).unwrap();
        assert_eq!(foreign(&after), Vec::<&String>::new());
        assert_eq!(after.len(), 3);
    }
}

/// What a policy of the tables reads is decided when it is made, and the function looks names up in
/// `pg_catalog` alone.
#[test]
fn nothing_in_the_search_path_stands_in_for_the_function() {
    let shop = shop(Mode::Sealed);
    let b = B.0;
    let planted = format!(
        "CREATE SCHEMA planted;
         CREATE FUNCTION planted.sealed_tenant(text, bool) RETURNS text LANGUAGE sql AS $$SELECT '{b}'$$;
         CREATE FUNCTION planted.current_setting(text, bool) RETURNS text LANGUAGE sql AS $$SELECT '{b}'$$;
         CREATE FUNCTION planted.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$SELECT '\\x00'::bytea$$;
         CREATE FUNCTION planted.differs(bytea, bytea) RETURNS bool LANGUAGE sql AS 'SELECT false';
         CREATE OPERATOR planted.<> (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = planted.differs);
         CREATE TABLE planted.sealing_keys AS SELECT * FROM tenancy.sealing_keys;
         GRANT USAGE ON SCHEMA planted TO PUBLIC; GRANT SELECT ON planted.sealing_keys TO PUBLIC"
    );
    shop.superuser().batch_execute(&planted).unwrap();
    let forged = crate::world::sealed(A).replace(&A.0.to_string(), &b.to_string());
    let mut conn = shop.raw();
    conn.batch_execute("SET search_path = planted, pg_catalog, public")
        .unwrap();
    let mut read = |value: &str| {
        conn.batch_execute(&format!(
            "ROLLBACK; BEGIN; SET LOCAL app.tenant_id = '{value}'"
        ))?;
        lines(&mut conn, ALL)
    };
    let error = read(&forged).unwrap_err();
    assert!(error.to_string().contains("forged"), "{error}");
    assert_eq!(read(&crate::world::sealed(A)).unwrap().len(), 3);
}

//! Raw SQL in A's scope that tries to lift the policies or to become somebody else.

use diesel::connection::SimpleConnection;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B};

use crate::harness::lines;

const ALL: &str = "SELECT name AS line FROM projects ORDER BY id";

/// None of these succeeds and shows B's rows.
#[test]
fn raw_sql_cannot_lift_the_policies() {
    let shop = Shop::new(Layers::Both);
    let before = shop.rows_of(B);
    for attempt in [
        "ALTER TABLE projects DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE projects NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenancy_guard ON projects",
        "CREATE POLICY mine ON projects USING (true)",
        "ALTER TABLE projects OWNER TO CURRENT_USER",
        "TRUNCATE projects CASCADE",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "CREATE FUNCTION public.planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA planted",
        "CREATE EVENT TRIGGER planted ON ddl_command_end EXECUTE FUNCTION now()",
        "COPY projects TO PROGRAM 'cat'",
        "COPY projects (tenant_id, id, name) FROM STDIN",
        "SELECT * FROM pg_statistic",
        "SELECT * FROM pg_authid",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_read_file('postgresql.conf')",
        "SET LOCAL row_security = off; SELECT * FROM projects",
        "CREATE RULE planted AS ON SELECT TO projects DO INSTEAD SELECT 1",
        "CREATE TRIGGER planted BEFORE INSERT ON projects EXECUTE FUNCTION now()",
        "REINDEX TABLE projects",
    ] {
        let mut conn = shop.scope(A);
        let refused = conn.batch_execute(attempt);
        assert!(refused.is_err(), "{attempt}");
        let own = ["alpha a", "beta a", "gamma a"];
        assert_eq!(lines(&mut conn, ALL).unwrap(), own, "{attempt}");
    }
    assert_eq!(shop.rows_of(B), before);
    let lifted = "ALTER TABLE projects DISABLE ROW LEVEL SECURITY";
    shop.superuser().batch_execute(lifted).unwrap();
    let control = lines(&mut shop.scope(A), ALL).unwrap();
    assert_eq!(control.len(), 7, "the control, lifted by a superuser");
}

/// The policies' functions and operators are bound when they are made, so no search path changes them. The
/// filter's operator is looked up: one planted before `pg_catalog` defeats it. Policies stop that too.
#[test]
fn an_operator_planted_in_the_search_path_defeats_the_filter_and_not_the_policies() {
    let planted = "
        CREATE SCHEMA planted;
        CREATE FUNCTION planted.always(uuid, uuid) RETURNS bool IMMUTABLE LANGUAGE sql
            AS 'SELECT true';
        CREATE OPERATOR planted.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = planted.always);
        CREATE FUNCTION planted.current_setting(text, bool) RETURNS text IMMUTABLE LANGUAGE sql
            AS $$SELECT '00000000-0000-0000-0000-00000000000b'$$;
        GRANT USAGE ON SCHEMA planted TO PUBLIC";
    let found = |layers| {
        let shop = Shop::new(layers);
        shop.superuser().batch_execute(planted).unwrap();
        let mut conn = shop.scope(A);
        conn.batch_execute("SET search_path = planted, pg_catalog, public")
            .unwrap();
        let query = projects::table.order(projects::name).select(projects::name);
        query.load::<String>(&mut conn).unwrap()
    };
    assert_eq!(found(Layers::Both), ["alpha a", "beta a", "gamma a"]);
    assert_eq!(found(Layers::FilterOnly).len(), 7, "the filter alone");
}

/// Where no transaction is open any more, the scope begins another one for its next statement. Where raw SQL has
/// begun one itself, the policies have no tenant, or the wrong one, and the layers disagree.
#[test]
fn a_transaction_ended_by_raw_sql_shows_nothing_of_the_other_tenant() {
    let own = ["alpha a", "beta a", "gamma a"];
    Shop::each(|shop| {
        let before = shop.rows_of(B);
        for ending in ["COMMIT", "ROLLBACK", "COMMIT; BEGIN"] {
            for tenant in ["", &B.0.to_string()] {
                let expected = if shop.has_policies() && ending.ends_with("BEGIN") {
                    &[][..]
                } else {
                    &own
                };
                let mut conn = shop.scope(A);
                let _ = conn.transaction(|conn| {
                    conn.batch_execute(&format!("{ending}; SET app.tenant_id = '{tenant}'"))?;
                    let changed = update(projects::table).set(projects::country.eq("de"));
                    assert_eq!(
                        changed.execute(conn),
                        Ok(expected.len()),
                        "{ending} {tenant}"
                    );
                    let names = projects::table.order(projects::id).select(projects::name);
                    let names = names.load::<String>(conn).unwrap();
                    assert_eq!(names, expected, "{ending} {tenant}");
                    QueryResult::Ok(())
                });
            }
        }
        assert_eq!(shop.rows_of(B), before);
    });
}

/// Within its own session a tenant can hide a table behind a temporary one. It sees what it put there.
#[test]
fn a_temporary_table_that_hides_another_has_no_row_of_the_other_tenant() {
    Shop::each(|shop| {
        let before = shop.rows_of(B);
        let mut conn = shop.scope(A);
        conn.batch_execute(&format!(
            "CREATE TEMP TABLE projects AS SELECT * FROM public.projects;
             INSERT INTO pg_temp.projects (tenant_id, id, name) VALUES ('{}', 7, 'planted b')",
            B.0
        ))
        .unwrap();
        let hidden = projects::table.order(projects::id).select(projects::name);
        assert_eq!(
            hidden.load::<String>(&mut conn).unwrap(),
            ["alpha a", "beta a", "gamma a"]
        );
        assert_eq!(delete(projects::table).execute(&mut conn), Ok(3));
        drop(conn);
        assert_eq!(shop.rows_of(B), before);
        assert_eq!(hidden.load::<String>(&mut shop.scope(A)).unwrap().len(), 3);
    });
}

/// The texts of statements are visible to other sessions of the same role. Values are bound, so they are not in
/// them; a literal in raw SQL is, and so is the tenant's id.
#[test]
fn a_statements_text_seen_by_another_session_holds_no_values() {
    let shop = Shop::new(Layers::Both);
    let seen = |of_b: &dyn Fn(&mut crate::harness::Scope) -> QueryResult<()>| {
        let mut found = Vec::new();
        shop.scope(B)
            .transaction(|b| {
                of_b(b)?;
                let sql = "SELECT query AS line FROM pg_stat_activity
                           WHERE state = 'idle in transaction' AND datname = current_database()";
                found = lines(&mut shop.scope(A), sql)?;
                QueryResult::Ok(())
            })
            .unwrap();
        found.join(";")
    };
    let bound = seen(&|b| {
        let query = projects::table.filter(projects::name.eq("secret of b"));
        query.count().get_result::<i64>(b).map(drop)
    });
    assert!(bound.contains("$1") && !bound.contains("secret"), "{bound}");
    let literal = seen(&|b| lines(b, "SELECT 'secret of b' AS line").map(drop));
    assert!(literal.contains("secret of b"), "the control: {literal}");
}

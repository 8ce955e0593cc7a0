//! What the application's role may do with the library's objects: have its own value verified, and no more.

use diesel::connection::SimpleConnection;
use tenancy_tests::{A, B};

use crate::world::{Mode, Shop, lines, sealed};

#[test]
fn the_application_reads_no_key_makes_no_value_and_replaces_nothing() {
    let shop = Shop::new(Mode::Sealed);
    let owner = shop.server().role_name(crate::world::OWNER);
    let function = "tenancy.sealed_tenant(text, boolean)";
    let before = catalog(&shop);
    for attempt in [
        "SELECT * FROM tenancy.sealing_keys".to_owned(),
        "SELECT inner_pad FROM tenancy.sealing_keys".to_owned(),
        "SELECT count(*) FROM tenancy.sealing_keys".to_owned(),
        "TABLE tenancy.sealing_keys FOR UPDATE".to_owned(),
        "COPY tenancy.sealing_keys TO STDOUT".to_owned(),
        "INSERT INTO tenancy.sealing_keys (id, inner_pad, outer_pad) VALUES ('mine', \
         decode(repeat('36', 64), 'hex'), decode(repeat('5c', 64), 'hex'))"
            .to_owned(),
        "UPDATE tenancy.sealing_keys SET retired_at = NULL".to_owned(),
        "DELETE FROM tenancy.sealing_keys".to_owned(),
        "TRUNCATE tenancy.sealing_keys".to_owned(),
        "LOCK TABLE tenancy.sealing_keys IN ACCESS EXCLUSIVE MODE".to_owned(),
        "CREATE TABLE mine (id text REFERENCES tenancy.sealing_keys)".to_owned(),
        "CREATE TEMP TABLE mine (LIKE tenancy.sealing_keys INCLUDING ALL)".to_owned(),
        "CREATE VIEW mine AS SELECT * FROM tenancy.sealing_keys".to_owned(),
        "CREATE TRIGGER mine BEFORE INSERT ON tenancy.sealing_keys EXECUTE FUNCTION now()".to_owned(),
        "ALTER TABLE tenancy.sealing_keys OWNER TO CURRENT_USER".to_owned(),
        "GRANT SELECT ON tenancy.sealing_keys TO CURRENT_USER".to_owned(),
        format!("CREATE OR REPLACE FUNCTION tenancy.sealed_tenant(variable text, strict boolean) \
                 RETURNS text LANGUAGE sql AS $$SELECT '{}'$$", B.0),
        "CREATE FUNCTION tenancy.sealed_tenant(text, text) RETURNS text LANGUAGE sql AS 'SELECT 1'"
            .to_owned(),
        format!("ALTER FUNCTION {function} SET search_path = public"),
        format!("ALTER FUNCTION {function} RESET ALL"),
        format!("ALTER FUNCTION {function} SECURITY INVOKER"),
        format!("ALTER FUNCTION {function} RENAME TO mine"),
        format!("DROP FUNCTION {function} CASCADE"),
        "ALTER SCHEMA tenancy RENAME TO mine".to_owned(),
        "CREATE OR REPLACE FUNCTION pg_catalog.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'"
            .to_owned(),
        format!("SET ROLE {owner}"),
        format!("SET SESSION AUTHORIZATION {owner}"),
        format!("GRANT {owner} TO CURRENT_USER"),
        "SELECT * FROM pg_statistic".to_owned(),
    ] {
        let mut conn = shop.raw();
        let own = sealed(A);
        conn.batch_execute(&format!("BEGIN; SET LOCAL app.tenant_id = '{own}'"))
            .unwrap();
        let refused = conn.batch_execute(&attempt);
        assert!(refused.is_err(), "{attempt}");
    }
    assert_eq!(catalog(&shop), before);
    let mut scope = shop.scope_of(A);
    let names = lines(&mut scope, "SELECT name::text AS line FROM projects").unwrap();
    assert_eq!(names.len(), 3);
}

/// Statistics of columns are shown to those who may read them.
#[test]
fn no_statistics_or_sizes_show_a_key() {
    let shop = Shop::new(Mode::Sealed);
    shop.superuser()
        .batch_execute("ANALYZE tenancy.sealing_keys")
        .unwrap();
    let stats = "SELECT concat(most_common_vals, histogram_bounds) AS line FROM pg_stats
         WHERE schemaname = 'tenancy'";
    assert_eq!(lines(&mut shop.raw(), stats).unwrap(), Vec::<String>::new());
}

/// Other functions of the schema would be other ways in, so there is none.
#[test]
fn the_application_calls_one_function_of_the_schema() {
    let shop = Shop::new(Mode::Sealed);
    let callable = "SELECT p.oid::regprocedure::text AS line FROM pg_proc AS p
         JOIN pg_namespace AS n ON n.oid = p.pronamespace
         WHERE n.nspname = 'tenancy' AND p.prosecdef AND has_function_privilege(p.oid, 'EXECUTE')";
    assert_eq!(
        lines(&mut shop.raw(), callable).unwrap(),
        ["tenancy.sealed_tenant(text,boolean)"]
    );
    let stranger = shop.server().create_login_role("stranger").unwrap();
    let mut conn = shop.connect_as(&stranger);
    let call = "SELECT tenancy.sealed_tenant('app.tenant_id', false) AS line";
    assert!(lines(&mut conn, call).is_err());
}

fn catalog(shop: &Shop) -> Vec<String> {
    lines(
        &mut shop.superuser(),
        "SELECT p::text AS line FROM pg_proc AS p WHERE proname ~ 'sealed|sha256'
         UNION ALL SELECT c::text FROM pg_class AS c WHERE relname = 'sealing_keys'
         UNION ALL SELECT k::text FROM tenancy.sealing_keys AS k
         UNION ALL SELECT n::text FROM pg_namespace AS n ORDER BY 1",
    )
    .unwrap()
}

//! Behind a real PgBouncer in transaction mode, whose sessions change hands at each COMMIT.

use diesel::connection::{CacheSize, SimpleConnection};
use diesel::prelude::*;
use tenancy_tests::bouncer::Bouncer;
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B};

use crate::world::{Mode, Shop, lines, sealed};

#[test]
fn scopes_of_two_tenants_share_sessions() {
    let shop = Shop::new(Mode::Sealed);
    let bouncer = Bouncer::start(&shop, 2, "");
    let mut scopes: Vec<_> = [A, B, A, B]
        .map(|tenant| {
            let conn = PgConnection::establish(bouncer.url()).unwrap();
            let mut scope = shop.open(conn, tenant);
            Connection::set_prepared_statement_cache_size(&mut scope, CacheSize::Disabled);
            scope
        })
        .into();
    for _ in 0..10 {
        for (i, scope) in scopes.iter_mut().enumerate() {
            let rows: i64 = projects::table.count().get_result(scope).unwrap();
            assert_eq!(rows, if i % 2 == 0 { 3 } else { 4 });
        }
    }
}

/// A variable of the session stays for the next client. Sealed, it is the attacker's own tenant or nothing.
#[test]
fn a_variable_that_is_left_behind_names_nobody_else() {
    let all = "SELECT name::text AS line FROM projects";
    for mode in [Mode::Plain, Mode::Sealed] {
        let shop = Shop::new(mode);
        let bouncer = Bouncer::start(&shop, 1, "");
        let connect = || PgConnection::establish(bouncer.url()).unwrap();
        connect()
            .batch_execute(&format!("SET app.tenant_id = '{}'", B.0))
            .unwrap();
        let next = lines(&mut connect(), all);
        match mode {
            Mode::Plain => assert_eq!(next.unwrap().len(), 4, "the control leaks"),
            _ => {
                let error = next.unwrap_err();
                assert!(error.to_string().contains("not sealed"), "{error}");
            }
        }
        // What a scope sets is its own, whatever was left.
        let mut scope = shop.open(connect(), A);
        assert_eq!(lines(&mut scope, all).unwrap().len(), 3);
    }
}

/// What sealing does not stop: A's own value, left behind in the session, shows A's rows to the next client
/// until it expires.
#[test]
fn an_own_value_that_is_left_behind_is_good_until_it_expires() {
    let shop = Shop::new(Mode::Sealed);
    let bouncer = Bouncer::start(&shop, 1, "");
    let connect = || PgConnection::establish(bouncer.url()).unwrap();
    connect()
        .batch_execute(&format!("SET app.tenant_id = '{}'", sealed(A)))
        .unwrap();
    let all = "SELECT name::text AS line FROM projects";
    assert_eq!(lines(&mut connect(), all).unwrap().len(), 3);
}

//! What two tenants share at the same time: a thread, a connection, a statement, locks.

use std::thread;

use diesel::connection::SimpleConnection;
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{projects, tasks};
use tenancy_tests::{A, B, OrgId};

use crate::harness::{Scope, lines};

const NAMES: [(OrgId, &[&str]); 2] = [
    (A, &["alpha a", "beta a", "gamma a"]),
    (B, &["alpha b", "beta b", "gamma b", "only b"]),
];

fn names(conn: &mut Scope) -> QueryResult<Vec<String>> {
    let query = projects::table.order(projects::id).select(projects::name);
    query.load(conn)
}

/// The policy's variable is no constant of the plan, and neither is the filter's value.
#[test]
fn one_prepared_statement_with_a_generic_plan_serves_both() {
    Shop::each(|shop| {
        let mut raw = shop.raw();
        raw.batch_execute("SET plan_cache_mode = force_generic_plan")
            .unwrap();
        for _ in 0..8 {
            for (tenant, own) in NAMES {
                let mut conn = Scoped::open(&mut raw, tenant).unwrap();
                let query = projects::table.order(projects::id).select(projects::name);
                assert_eq!(query.load::<String>(&mut conn).unwrap(), own);
            }
        }
        let prepared = "SELECT count(*)::text AS line FROM pg_prepared_statements
                        WHERE statement LIKE '%\"projects\"%'";
        assert_eq!(lines(&mut raw, prepared).unwrap(), ["1"]);
    });
}

/// A plan that PostgreSQL makes by itself after five runs, through policies alone.
#[test]
fn a_statement_prepared_for_one_tenant_by_hand_serves_the_other() {
    let run = |shop: &Shop| {
        let mut raw = shop.raw();
        raw.batch_execute("PREPARE names AS SELECT name AS line FROM projects ORDER BY id")
            .unwrap();
        let mut found = Vec::new();
        for _ in 0..8 {
            for (tenant, _) in NAMES {
                let rows = raw.transaction(|raw| {
                    raw.batch_execute(&format!("SET LOCAL app.tenant_id = '{}'", tenant.0))?;
                    lines(raw, "EXECUTE names")
                });
                found.push((tenant, rows.unwrap()));
            }
        }
        found
    };
    for (tenant, rows) in run(&Shop::new(Layers::Both)) {
        let (_, own) = NAMES.into_iter().find(|(of, _)| *of == tenant).unwrap();
        assert_eq!(rows, own);
    }
    let control = run(&Shop::new(Layers::FilterOnly));
    assert!(control.iter().all(|(_, rows)| rows.len() == 7));
}

#[test]
fn a_scope_opened_inside_of_another_ones_transaction_takes_nothing_along() {
    Shop::each(|shop| {
        let (mut a, mut b) = (shop.scope(A), shop.scope(B));
        a.transaction(|a| {
            assert_eq!(names(a)?, NAMES[0].1);
            b.transaction(|b| {
                assert_eq!(names(b)?, NAMES[1].1);
                assert_eq!(names(a)?, NAMES[0].1);
                assert_eq!(names(b)?, NAMES[1].1);
                QueryResult::Ok(())
            })?;
            assert_eq!(names(a)?, NAMES[0].1);
            QueryResult::Ok(())
        })
        .unwrap();
    });
}

#[test]
fn scopes_of_many_threads_keep_apart() {
    Shop::each(|shop| {
        thread::scope(|threads| {
            for (tenant, own) in NAMES.into_iter().cycle().take(6) {
                threads.spawn(move || {
                    let mut conn = shop.scope(tenant);
                    for _ in 0..20 {
                        assert_eq!(names(&mut conn).unwrap(), own);
                    }
                });
            }
        });
    });
}

/// A's locks on all its rows are none on B's, and the control blocks B.
#[test]
fn locks_on_own_rows_do_not_block_the_other_tenant() {
    let b_waits = |shop: &Shop| {
        let query = tasks::table.select(tasks::id).for_update().no_wait();
        query.load::<i32>(&mut shop.scope(B)).is_err()
    };
    Shop::each(|shop| {
        shop.scope(A)
            .transaction(|a| {
                let locked = tasks::table.select(tasks::id).for_update().load::<i32>(a)?;
                assert_eq!(locked.len(), 3);
                let changed = update(projects::table).set(projects::country.eq("de"));
                assert_eq!(changed.execute(a), Ok(3));
                assert!(!b_waits(shop));
                QueryResult::Ok(())
            })
            .unwrap();
    });
    let shop = Shop::new(Layers::FilterOnly);
    let control = shop.raw().transaction(|conn| {
        lines(conn, "SELECT title AS line FROM tasks FOR UPDATE")?;
        QueryResult::Ok(b_waits(&shop))
    });
    assert_eq!(control, Ok(true));
}

/// `ALTER ROLE .. SET`, or an option of the URL: the value to which RESET goes back.
#[test]
fn a_tenant_as_the_default_of_a_session_does_not_reach_a_scope() {
    let shop = Shop::new(Layers::Both);
    let url = format!("{}&options=-c%20app.tenant_id%3D{}", shop.url(), B.0);
    let url = if shop.url().contains('?') {
        url
    } else {
        url.replacen('&', "?", 1)
    };
    let mut raw = PgConnection::establish(&url).unwrap();
    let all = "SELECT name AS line FROM projects ORDER BY id";
    assert_eq!(lines(&mut raw, all).unwrap(), NAMES[1].1, "the control");
    let mut conn = Scoped::open(raw, A).unwrap();
    assert_eq!(names(&mut conn).unwrap(), NAMES[0].1);
    assert_eq!(lines(&mut conn, all).unwrap(), NAMES[0].1);
    let reset = conn.transaction(|conn| {
        conn.batch_execute("RESET app.tenant_id")?;
        lines(conn, all)
    });
    assert_eq!(
        reset.unwrap(),
        NAMES[1].1,
        "raw SQL can go back to the default, as it can set any tenant"
    );
    let filtered = conn.transaction(|conn| {
        conn.batch_execute("RESET app.tenant_id")?;
        names(conn)
    });
    assert_eq!(filtered.unwrap(), [""; 0], "the layers must agree");
}

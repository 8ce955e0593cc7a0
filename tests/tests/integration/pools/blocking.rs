//! The pool of synchronous connections.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::SimpleConnection;
use diesel::result::Error as QueryError;
use tenancy_diesel::pool::{CheckoutError, Error};
use tenancy_diesel::prelude::*;
use tenancy_diesel::r2d2::{ConnectionManager, Lease, Pool};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{self, TenantPool, countries, projects};
use tenancy_tests::{A, B, OrgId, pools};

fn count(conn: &mut schema::Scoped<Lease>) -> QueryResult<i64> {
    projects::table.count().get_result(conn)
}

#[test]
fn scopes_of_a_pool_keep_apart() {
    let shop = Shop::new(Layers::Both);
    let pool = pools::r2d2(&shop.url(), 2);
    std::thread::scope(|threads| {
        for (tenant, rows) in [(A, 3), (B, 4)] {
            let pool = pool.clone();
            threads.spawn(move || {
                for _ in 0..20 {
                    let mut conn = pool.scope(tenant).unwrap();
                    assert_eq!(count(&mut conn), Ok(rows));
                    assert_eq!(conn.transaction(count), Ok(rows));
                }
            });
        }
    });
    assert!(matches!(
        pool.scope(OrgId(uuid::Uuid::nil())),
        Err(Error::Scope(_))
    ));
}

#[test]
fn with_scope_is_one_transaction() {
    let shop = Shop::new(Layers::Both);
    let pool = pools::r2d2(&shop.url(), 1);
    let insert = |id: i32| {
        insert_into(projects::table)
            .values((projects::id.eq(id), projects::name.eq(format!("new {id}"))))
    };
    let rows = pool.with_scope(A, |conn| {
        insert(50).execute(conn)?;
        insert(51).execute(conn)?;
        Ok::<_, Error>(count(conn)?)
    });
    assert_eq!(rows.unwrap(), 5);
    let failed: Result<(), Error> = pool.with_scope(A, |conn| {
        insert(52).execute(conn)?;
        insert(1).execute(conn)?;
        Ok(())
    });
    assert!(matches!(
        failed,
        Err(Error::Query(QueryError::DatabaseError(..)))
    ));
    let plain: QueryResult<i64> = pool.with_scope(A, count);
    assert_eq!(plain, Ok(5));
    assert_eq!(pool.with_scope(B, count), Ok(4));
}

#[test]
fn a_panic_in_a_closure_leaves_a_clean_pool_of_the_same_size() {
    let shop = Shop::new(Layers::Both);
    let pool = pools::r2d2(&shop.url(), 1);
    for _ in 0..2 {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            pool.with_scope(A, |conn| {
                conn.batch_execute("CREATE TEMP TABLE kept (id int)")?;
                if true {
                    panic!("on purpose");
                }
                QueryResult::Ok(())
            })
        }));
        assert!(panicked.is_err());
        let mut conn = pool.scope(B).unwrap();
        assert_eq!(count(&mut conn), Ok(4));
        assert!(conn.batch_execute("SELECT FROM pg_temp.kept").is_err());
    }
}

#[test]
fn an_exhausted_pool_is_a_typed_error_and_loses_no_connection() {
    let shop = Shop::new(Layers::Both);
    let pool = pools::r2d2(&shop.url(), 1);
    let mut only = pool.scope(A).unwrap();
    for refused in [pool.scope(B).err(), pool.shared().err()] {
        assert!(
            matches!(refused, Some(Error::Checkout(CheckoutError::TimedOut(_)))),
            "{refused:?}"
        );
    }
    assert_eq!(count(&mut only), Ok(3));
    drop(only);
    assert_eq!(count(&mut pool.scope(B).unwrap()), Ok(4));
}

#[test]
fn a_shared_connection_reads_shared_tables_in_transactions_of_its_own() {
    let shop = Shop::new(Layers::Both);
    let pool = pools::r2d2(&shop.url(), 1);
    let mut conn = pool.shared().unwrap();
    let rows: i64 = countries::table.count().get_result(&mut conn).unwrap();
    assert_eq!(rows, 3);
    let names = conn.transaction(|conn| {
        conn.transaction(|conn| {
            countries::table
                .select(countries::label)
                .load::<String>(conn)
        })
    });
    assert_eq!(names.unwrap().len(), 3);
}

/// Diesel's customizer for tests begins a transaction that nothing commits.
#[test]
fn a_pool_of_test_transactions_is_checked_and_used() {
    let shop = Shop::new(Layers::Both);
    let raw = Pool::builder()
        .max_size(1)
        .connection_customizer(Box::new(diesel::r2d2::TestCustomizer))
        .build(ConnectionManager::new(shop.url()))
        .unwrap();
    let pool = TenantPool::<Pool>::builder(raw).build().unwrap();
    let insert = insert_into(projects::table)
        .values((projects::id.eq(50), projects::name.eq("for this test")));
    let inserted = pool.with_scope(A, |conn| insert.execute(conn));
    assert_eq!(inserted, Ok(1));
    assert_eq!(count(&mut pool.scope(A).unwrap()), Ok(4));
    assert_eq!(count(&mut pool.scope(B).unwrap()), Ok(4));
    drop(pool);
    assert_eq!(
        shop.rows_of(A).len(),
        Shop::new(Layers::Both).rows_of(A).len()
    );
}

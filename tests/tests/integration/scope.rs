//! Transactions and failures of a synchronous scope.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::result::{DatabaseErrorKind, Error};
use tenancy_diesel::ScopeError;
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B};

fn insert(
    id: i32,
) -> impl Fn(&mut tenancy_tests::schema::Scoped<PgConnection>) -> QueryResult<usize> {
    move |conn| {
        insert_into(projects::table)
            .values((projects::id.eq(id), projects::name.eq(format!("p{id}"))))
            .execute(conn)
    }
}

fn own(shop: &Shop) -> i64 {
    projects::table
        .count()
        .get_result(&mut shop.scope(A))
        .unwrap()
}

#[test]
fn a_transaction_commits_or_rolls_back_as_a_whole() {
    Shop::each(|shop| {
        let mut conn = shop.scope(A);
        conn.transaction(|conn| insert(50)(conn)).unwrap();
        assert_eq!(own(shop), 4);
        let failed: QueryResult<()> = conn.transaction(|conn| {
            insert(51)(conn)?;
            Err(Error::RollbackTransaction)
        });
        assert_eq!(failed, Err(Error::RollbackTransaction));
        assert_eq!(own(shop), 4);
    });
}

#[test]
fn nested_transactions_are_savepoints_of_the_same_tenant() {
    Shop::each(|shop| {
        let mut conn = shop.scope(A);
        conn.transaction(|conn| {
            insert(50)(conn)?;
            let inner: QueryResult<()> = conn.transaction(|conn| {
                insert(51)(conn)?;
                Err(Error::RollbackTransaction)
            });
            assert!(inner.is_err());
            conn.transaction(|conn| insert(52)(conn))?;
            assert_eq!(projects::table.count().get_result(conn), Ok(5i64));
            QueryResult::Ok(())
        })
        .unwrap();
        assert_eq!(own(shop), 5);
    });
}

#[test]
fn a_swallowed_error_cannot_be_committed() {
    Shop::each(|shop| {
        let mut conn = shop.scope(A);
        let result: QueryResult<()> = conn.transaction(|conn| {
            insert(50)(conn)?;
            assert!(matches!(
                insert(1)(conn),
                Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
            ));
            Ok(())
        });
        assert_eq!(
            ScopeError::of(&result.unwrap_err()),
            Some(&ScopeError::RolledBack)
        );
        assert_eq!(own(shop), 3);
        // The scope goes on.
        assert_eq!(insert(50)(&mut conn), Ok(1));
        // An error that a savepoint took back does no harm.
        conn.transaction(|conn| {
            let inner: QueryResult<usize> = conn.transaction(|conn| insert(1)(conn));
            assert!(inner.is_err());
            insert(51)(conn)
        })
        .unwrap();
        assert_eq!(own(shop), 5);
    });
}

#[test]
fn a_failed_statement_leaves_nothing_behind() {
    Shop::each(|shop| {
        let mut raw = shop.raw();
        {
            let mut conn = Scoped::open(&mut raw, A).unwrap();
            assert!(
                insert_into(projects::table)
                    .values((projects::id.eq(1), projects::name.eq("taken")))
                    .execute(&mut conn)
                    .is_err()
            );
        }
        let mut conn = Scoped::open(&mut raw, B).unwrap();
        assert_eq!(projects::table.count().get_result(&mut conn), Ok(4i64));
    });
}

#[test]
fn a_test_transaction_around_scopes_of_two_tenants() {
    Shop::each(|shop| {
        let mut raw = shop.raw();
        raw.begin_test_transaction().unwrap();
        for (tenant, rows) in [(A, 3i64), (B, 4), (A, 4)] {
            let mut conn = Scoped::open(&mut raw, tenant).unwrap();
            assert_eq!(projects::table.count().get_result(&mut conn), Ok(rows));
            if tenant == B {
                continue;
            }
            conn.transaction(|conn| {
                insert_into(projects::table)
                    .values((
                        projects::id.eq(60 + rows as i32),
                        projects::name.eq(format!("t{rows}")),
                    ))
                    .execute(conn)
            })
            .unwrap();
        }
        assert_eq!(own(shop), 3, "nothing was committed");
        let outside = diesel::sql_query("SELECT 1 FROM projects").execute(&mut raw);
        if shop.has_policies() {
            assert_eq!(outside, Ok(0), "the variable does not outlive a scope");
        }
    });
}

#[test]
fn a_panic_in_a_transaction_gives_the_connection_up() {
    let shop = Shop::new(Layers::Both);
    let mut raw = shop.raw();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut conn = Scoped::open(&mut raw, A).unwrap();
        let _: QueryResult<()> = conn.transaction(|conn| {
            projects::table.count().get_result::<i64>(conn)?;
            panic!("on purpose");
        });
    }));
    assert!(panicked.is_err());
    let mut conn = Scoped::open(&mut raw, B).unwrap();
    assert!(matches!(
        projects::table.count().get_result::<i64>(&mut conn),
        Err(Error::BrokenTransactionManager)
    ));
}

#[test]
fn a_pool_never_sees_what_a_scope_left() {
    let shop = Shop::new(Layers::Both);
    let pool = Pool::builder()
        .max_size(1)
        .build(ConnectionManager::<PgConnection>::new(shop.url()))
        .unwrap();
    for attack in [
        format!("COMMIT; SET app.tenant_id = '{}'", B.0),
        "SET search_path = pg_catalog".to_owned(),
        "BEGIN".to_owned(),
    ] {
        {
            let mut conn = Scoped::open(pool.get().unwrap(), A).unwrap();
            let _ = conn.batch_execute(&attack);
        }
        let mut plain = pool.get().unwrap();
        let rows = diesel::sql_query("SELECT 1 FROM public.projects").execute(&mut plain);
        assert_eq!(rows, Ok(0), "{attack}");
        let path = diesel::sql_query("SELECT 1 FROM projects").execute(&mut plain);
        assert_eq!(path, Ok(0), "{attack}");
    }
}

#[test]
fn a_scope_is_a_diesel_connection_for_other_code() {
    fn other_crate<C>(conn: &mut C) -> QueryResult<i64>
    where
        C: diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
    {
        conn.transaction(|conn| {
            diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
                "(SELECT count(*) FROM projects)",
            ))
            .get_result(conn)
        })
    }
    let shop = Shop::new(Layers::Both);
    assert_eq!(other_crate(&mut shop.scope(A)), Ok(3));
    assert_eq!(other_crate(&mut shop.scope(B)), Ok(4));
}

#[test]
fn a_user_fragment_is_wrapped_again() {
    use diesel::pg::Pg;
    use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
    use diesel::sql_types::BigInt;

    #[derive(QueryId)]
    struct WithTotal<Q>(Q);
    impl<Q: Query> Query for WithTotal<Q> {
        type SqlType = (Q::SqlType, BigInt);
    }
    impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for WithTotal<Q> {
        fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
            pass.push_sql("SELECT *, count(*) OVER () FROM (");
            self.0.walk_ast(pass.reborrow())?;
            pass.push_sql(") page LIMIT 1");
            Ok(())
        }
    }
    Shop::each(|shop| {
        let rows: Vec<(i32, i64)> = projects::table
            .select(projects::id)
            .order(projects::id)
            .wrap(WithTotal)
            .load(&mut shop.scope(A))
            .unwrap();
        assert_eq!(rows, [(1, 3)]);
    });
}

/// What the outer transaction acknowledges must be there.
#[test]
fn a_panic_in_a_nested_transaction_is_not_committed_around() {
    Shop::each(|shop| {
        let mut conn = shop.scope(A);
        let outer: QueryResult<()> = conn.transaction(|conn| {
            insert(50)(conn)?;
            let _ = catch_unwind(AssertUnwindSafe(|| {
                let _: QueryResult<()> = conn.transaction(|conn| {
                    insert(51)(conn)?;
                    panic!("on purpose");
                });
            }));
            Ok(())
        });
        assert!(matches!(outer, Err(Error::BrokenTransactionManager)));
        assert!(matches!(
            insert(52)(&mut conn),
            Err(Error::BrokenTransactionManager)
        ));
        drop(conn);
        assert_eq!(own(shop), 3);
    });
}

#[test]
fn a_scope_is_not_used_after_a_panic_in_its_transaction() {
    let shop = Shop::new(Layers::Both);
    let mut conn = shop.scope(A);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _: QueryResult<()> = conn.transaction(|conn| {
            insert(50)(conn)?;
            panic!("on purpose");
        });
    }));
    assert!(panicked.is_err());
    assert!(matches!(
        insert(51)(&mut conn),
        Err(Error::BrokenTransactionManager)
    ));
    let again: QueryResult<usize> = conn.transaction(|conn| insert(52)(conn));
    assert!(matches!(again, Err(Error::BrokenTransactionManager)));
    drop(conn);
    assert_eq!(own(&shop), 3);
}

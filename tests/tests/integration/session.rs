//! Scopes that set the variable for the session.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::TryStreamExt;
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B, pools};

use crate::asynchronous::insert;

/// What row-level security alone lets through.
const RAW_COUNT: &str = "(SELECT count(*) FROM projects)";
const VARIABLE: &str = "coalesce(current_setting('app.tenant_id', true), '')";

fn is_unique_violation<T>(result: &QueryResult<T>) -> bool {
    matches!(
        result,
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
    )
}

mod sync {
    use diesel::RunQueryDsl;

    use super::*;

    fn variable(raw: &mut PgConnection) -> String {
        diesel::select(sql::<Text>(VARIABLE))
            .get_result(raw)
            .unwrap()
    }

    #[test]
    fn both_layers_hold_and_end_with_the_scope() {
        Shop::each(|shop| {
            let mut raw = shop.raw();
            for (tenant, own) in [(A, 3), (B, 4), (A, 3)] {
                {
                    let mut conn = Scoped::open(&mut raw, tenant)
                        .unwrap()
                        .dangerously_set_for_session();
                    let counted: i64 = projects::table.count().get_result(&mut conn).unwrap();
                    assert_eq!(counted, own);
                    if shop.has_policies() {
                        let seen: i64 = diesel::select(sql::<BigInt>(RAW_COUNT))
                            .get_result(&mut conn)
                            .unwrap();
                        assert_eq!(seen, own);
                    }
                }
                assert_eq!(variable(&mut raw), "");
            }
        });
    }

    #[test]
    fn a_transaction_between_statements_leaves_the_tenant_as_it_was() {
        let shop = Shop::new(Layers::Both);
        let mut raw = shop.raw();
        let mut conn = Scoped::open(&mut raw, A)
            .unwrap()
            .dangerously_set_for_session();
        let count = |conn: &mut tenancy_tests::schema::Scoped<&mut PgConnection>| {
            projects::table.count().get_result::<i64>(conn)
        };
        assert_eq!(count(&mut conn), Ok(3));
        assert_eq!(conn.transaction(|conn| count(conn)), Ok(3));
        let undone = conn.transaction(|conn| {
            count(conn)?;
            Err::<(), _>(Error::RollbackTransaction)
        });
        assert!(undone.is_err());
        assert_eq!(count(&mut conn), Ok(3));
    }

    #[test]
    fn raw_sql_that_names_another_tenant_moves_no_later_statement() {
        let shop = Shop::new(Layers::Both);
        let mut raw = shop.raw();
        {
            let mut conn = Scoped::open(&mut raw, A)
                .unwrap()
                .dangerously_set_for_session();
            let _: i64 = projects::table.count().get_result(&mut conn).unwrap();
            conn.batch_execute(&format!("COMMIT; SET app.tenant_id = '{}'", B.0))
                .unwrap();
            let seen: i64 = diesel::select(sql::<BigInt>(RAW_COUNT))
                .get_result(&mut conn)
                .unwrap();
            assert_eq!(seen, 3, "row-level security has A again");
        }
        assert_eq!(variable(&mut raw), "");
    }

    #[test]
    fn an_error_at_the_commit_of_a_statement_is_the_error_of_the_statement() {
        let shop = Shop::new(Layers::Both);
        shop.superuser().batch_execute(DEFERRED).unwrap();
        let mut raw = shop.raw();
        let mut conn = Scoped::open(&mut raw, A)
            .unwrap()
            .dangerously_set_for_session();
        let insert = |conn: &mut tenancy_tests::schema::Scoped<&mut PgConnection>, id: i32| {
            insert_into(projects::table)
                .values((projects::id.eq(id), projects::name.eq("twin")))
                .execute(conn)
        };
        assert_eq!(insert(&mut conn, 60), Ok(1));
        assert!(is_unique_violation(&insert(&mut conn, 61)));
        assert_eq!(projects::table.count().get_result(&mut conn), Ok(4i64));
    }

    #[test]
    fn a_pool_hands_no_tenant_on() {
        let shop = Shop::new(Layers::Both);
        let pool = pools::r2d2(&shop.url(), 1);
        for (tenant, own) in [(A, 3i64), (B, 4), (A, 3)] {
            let mut conn = pool.scope(tenant).unwrap().dangerously_set_for_session();
            assert_eq!(projects::table.count().get_result(&mut conn), Ok(own));
            drop(conn);
            let mut shared = pool.shared().unwrap();
            let seen = diesel::select(sql::<BigInt>(RAW_COUNT)).get_result::<i64>(&mut shared);
            assert_eq!(seen, Ok(0));
        }
    }
}

/// Two projects of one name are refused, but at COMMIT only.
const DEFERRED: &str = "ALTER TABLE projects ADD CONSTRAINT one_name UNIQUE (tenant_id, name) \
    DEFERRABLE INITIALLY DEFERRED";

mod asynchronous {
    use diesel_async::RunQueryDsl;

    use super::*;

    async fn raw_count<C>(conn: &mut C) -> i64
    where
        C: AsyncConnection<Backend = diesel::pg::Pg>,
    {
        diesel::select(sql::<BigInt>(RAW_COUNT))
            .get_result(conn)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn both_layers_hold_and_end_with_the_scope() {
        let shop = Shop::new(Layers::Both);
        let mut raw = AsyncPgConnection::establish(&shop.url()).await.unwrap();
        for (tenant, own) in [(A, 3), (B, 4), (A, 3)] {
            {
                let mut conn = Scoped::open(&mut raw, tenant)
                    .unwrap()
                    .dangerously_set_for_session();
                assert_eq!(projects::table.count().get_result(&mut conn).await, Ok(own));
                assert_eq!(raw_count(&mut conn).await, own);
            }
            assert_eq!(raw_count(&mut raw).await, 0, "nobody's variable is left");
        }
    }

    #[tokio::test]
    async fn raw_sql_that_names_another_tenant_moves_no_later_statement() {
        let shop = Shop::new(Layers::Both);
        let mut raw = AsyncPgConnection::establish(&shop.url()).await.unwrap();
        let mut conn = Scoped::open(&mut raw, A)
            .unwrap()
            .dangerously_set_for_session();
        assert_eq!(
            projects::table.count().get_result(&mut conn).await,
            Ok(3i64)
        );
        conn.batch_execute(&format!("COMMIT; SET app.tenant_id = '{}'", B.0))
            .await
            .unwrap();
        assert_eq!(raw_count(&mut conn).await, 3);
        drop(conn);
        assert_eq!(raw_count(&mut raw).await, 0);
    }

    #[tokio::test]
    async fn an_error_at_the_commit_of_a_statement_is_the_error_of_the_statement() {
        let shop = Shop::new(Layers::Both);
        shop.superuser().batch_execute(DEFERRED).unwrap();
        let raw = AsyncPgConnection::establish(&shop.url()).await.unwrap();
        let mut conn = Scoped::open(raw, A).unwrap().dangerously_set_for_session();
        assert_eq!(insert(&mut conn, 60).await, Ok(1));
        let twin = update(projects::table.find(60))
            .set(projects::name.eq("p61"))
            .execute(&mut conn)
            .await;
        assert_eq!(twin, Ok(1));
        assert!(is_unique_violation(&insert(&mut conn, 61).await));
        let returned = insert_into(projects::table)
            .values((projects::id.eq(62), projects::name.eq("p61")))
            .returning(projects::id)
            .get_result::<i32>(&mut conn)
            .await;
        assert!(is_unique_violation(&returned), "{returned:?}");
        assert_eq!(
            projects::table.count().get_result(&mut conn).await,
            Ok(4i64)
        );
    }

    #[tokio::test]
    async fn a_stream_that_is_dropped_half_way_leaves_the_connection_usable_and_without_tenant() {
        let shop = Shop::new(Layers::Both);
        let pool = pools::bb8(&shop.url(), 1).await;
        let mut conn = pool.scope(A).await.unwrap().dangerously_set_for_session();
        let rows: Vec<_> = (100..400)
            .map(|id| (projects::id.eq(id), projects::name.eq(format!("p{id}"))))
            .collect();
        insert_into(projects::table)
            .values(rows)
            .execute(&mut conn)
            .await
            .unwrap();
        {
            let ids = projects::table.order(projects::id).select(projects::id);
            let mut stream = std::pin::pin!(ids.load_stream::<i32>(&mut conn).await.unwrap());
            for _ in 0..80 {
                assert!(stream.try_next().await.unwrap().is_some());
            }
        }
        assert_eq!(
            projects::table.count().get_result(&mut conn).await,
            Ok(303i64)
        );
        drop(conn);
        let mut other = pool.scope(B).await.unwrap();
        assert_eq!(
            projects::table.count().get_result(&mut other).await,
            Ok(4i64)
        );
        drop(other);
        assert_eq!(raw_count(&mut pool.shared().await.unwrap()).await, 0);
    }

    #[tokio::test]
    async fn a_scope_with_options_runs_each_statement_in_a_transaction() {
        let shop = Shop::new(Layers::Both);
        let raw = AsyncPgConnection::establish(&shop.url()).await.unwrap();
        let mut conn = Scoped::open(raw, A)
            .unwrap()
            .read_only()
            .dangerously_set_for_session();
        let refused = insert(&mut conn, 60).await;
        assert!(matches!(
            refused,
            Err(Error::DatabaseError(
                DatabaseErrorKind::ReadOnlyTransaction,
                _
            ))
        ));
    }
}

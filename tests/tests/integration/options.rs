//! Options of a scope: its transactions have them, the connection does not keep them.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection as _, SimpleAsyncConnection as _};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{ScopeError, Scoped};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B};

const SETTINGS: &str = "SELECT concat_ws(' ', current_setting('transaction_isolation'), \
    current_setting('transaction_read_only'), current_setting('statement_timeout')) AS settings";
const NONE: &str = "read committed off 0";
const ALL: &str = "repeatable read on 1500ms";

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    settings: String,
}

fn row() -> (
    diesel::dsl::Eq<projects::id, i32>,
    diesel::dsl::Eq<projects::name, &'static str>,
) {
    (projects::id.eq(50), projects::name.eq("p"))
}

fn is_refused_write<T>(result: &QueryResult<T>) -> bool {
    matches!(
        result,
        Err(Error::DatabaseError(
            DatabaseErrorKind::ReadOnlyTransaction,
            _
        ))
    )
}

mod sync {
    use diesel::RunQueryDsl;
    use diesel::connection::SimpleConnection;

    use super::*;

    fn settings(
        conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
    ) -> String {
        diesel::sql_query(SETTINGS)
            .get_result::<Row>(conn)
            .unwrap()
            .settings
    }

    #[test]
    fn the_options_of_a_scope_are_those_of_its_transactions_and_end_with_them() {
        let shop = Shop::new(Layers::Both);
        let mut raw = shop.raw();
        {
            let mut conn = Scoped::open(&mut raw, A)
                .unwrap()
                .read_only()
                .repeatable_read()
                .statement_timeout(Duration::from_millis(1500));
            assert_eq!(settings(&mut conn), ALL);
            conn.transaction(|conn| {
                assert_eq!(settings(conn), ALL);
                conn.transaction(|conn| {
                    assert_eq!(settings(conn), ALL);
                    QueryResult::Ok(())
                })
            })
            .unwrap();
            let built = conn
                .build_transaction()
                .serializable()
                .read_write()
                .run(|conn| QueryResult::Ok(settings(conn)));
            assert_eq!(built.unwrap(), "serializable off 1500ms");
            let names = projects::table.count().get_result::<i64>(&mut conn);
            assert_eq!(names, Ok(3));
        }
        assert_eq!(settings(&mut raw), NONE);
        let mut next = Scoped::open(&mut raw, B).unwrap();
        assert_eq!(settings(&mut next), NONE);
    }

    #[test]
    fn a_write_in_a_read_only_scope_is_refused() {
        let shop = Shop::new(Layers::Both);
        let mut conn = Scoped::open(shop.raw(), A).unwrap().read_only();
        assert!(is_refused_write(
            &insert_into(projects::table)
                .values(row())
                .execute(&mut conn)
        ));
        assert!(is_refused_write(&conn.transaction(|conn| {
            insert_into(projects::table).values(row()).execute(conn)
        })));
        assert_eq!(projects::table.count().get_result(&mut conn), Ok(3i64));
    }

    #[test]
    fn a_statement_that_takes_too_long_is_its_own_error() {
        let shop = Shop::new(Layers::Both);
        let mut raw = shop.raw();
        let mut conn = Scoped::open(&mut raw, A)
            .unwrap()
            .statement_timeout(Duration::from_millis(20));
        for _ in 0..2 {
            let late = conn.batch_execute("SELECT pg_sleep(60)").unwrap_err();
            assert_eq!(ScopeError::of(&late), Some(&ScopeError::StatementTimeout));
            let late = conn
                .transaction(|conn| diesel::sql_query("SELECT pg_sleep(60)").execute(conn))
                .unwrap_err();
            assert_eq!(ScopeError::of(&late), Some(&ScopeError::StatementTimeout));
            assert_eq!(projects::table.count().get_result(&mut conn), Ok(3i64));
        }
        drop(conn);
        assert_eq!(settings(&mut raw), NONE);
    }

    #[test]
    fn a_scope_with_options_refuses_to_run_in_a_foreign_transaction() {
        let shop = Shop::new(Layers::Both);
        let mut raw = shop.raw();
        raw.begin_test_transaction().unwrap();
        let mut conn = Scoped::open(&mut raw, A).unwrap().read_only();
        let refused = projects::table.count().get_result::<i64>(&mut conn);
        assert!(
            matches!(refused, Err(Error::AlreadyInTransaction)),
            "{refused:?}"
        );
        let refused = conn.transaction(|_| QueryResult::Ok(()));
        assert!(
            matches!(refused, Err(Error::AlreadyInTransaction)),
            "{refused:?}"
        );
    }
}

mod asynchronous {
    use diesel_async::RunQueryDsl;
    use futures_util::TryStreamExt;

    use super::*;

    async fn settings(
        conn: &mut impl diesel_async::AsyncConnection<Backend = diesel::pg::Pg>,
    ) -> String {
        diesel::sql_query(SETTINGS)
            .get_result::<Row>(conn)
            .await
            .unwrap()
            .settings
    }

    #[tokio::test]
    async fn the_options_of_a_scope_are_those_of_its_transactions_and_end_with_them() {
        let shop = Shop::new(Layers::Both);
        let mut raw = shop.async_raw().await;
        {
            let mut conn = Scoped::open(&mut raw, A)
                .unwrap()
                .read_only()
                .repeatable_read()
                .statement_timeout(Duration::from_millis(1500));
            for _ in 0..2 {
                assert_eq!(settings(&mut conn).await, ALL);
                let inside = conn
                    .transaction(async |conn| QueryResult::Ok(settings(conn).await))
                    .await;
                assert_eq!(inside.unwrap(), ALL);
                let built = conn.build_transaction().serializable().read_write();
                let built = { built }
                    .run(async |conn| QueryResult::Ok(settings(conn).await))
                    .await;
                assert_eq!(built.unwrap(), "serializable off 1500ms");
                let piped = conn
                    .pipeline(async |conn| {
                        conn.get_result::<Row, _>(diesel::sql_query(SETTINGS)).await
                    })
                    .await;
                assert_eq!(piped.unwrap().settings, ALL);
            }
        }
        assert_eq!(settings(&mut raw).await, NONE);
        let mut next = Scoped::open(&mut raw, B).unwrap();
        assert_eq!(settings(&mut next).await, NONE);
    }

    #[tokio::test]
    async fn a_write_in_a_read_only_scope_is_refused() {
        let shop = Shop::new(Layers::Both);
        let mut conn = Scoped::open(shop.async_raw().await, A).unwrap().read_only();
        for _ in 0..2 {
            let refused = insert_into(projects::table)
                .values(row())
                .execute(&mut conn)
                .await;
            assert!(is_refused_write(&refused));
            assert_eq!(
                projects::table.count().get_result(&mut conn).await,
                Ok(3i64)
            );
        }
    }

    #[tokio::test]
    async fn a_statement_that_takes_too_long_is_its_own_error() {
        let shop = Shop::new(Layers::Both);
        let mut raw = shop.async_raw().await;
        let mut conn = Scoped::open(&mut raw, A)
            .unwrap()
            .statement_timeout(Duration::from_millis(20));
        let is_timeout =
            |error: Error| ScopeError::of(&error) == Some(&ScopeError::StatementTimeout);
        let sleep = || diesel::sql_query("SELECT pg_sleep(60)");
        for _ in 0..2 {
            assert!(is_timeout(sleep().execute(&mut conn).await.unwrap_err()));
            assert!(is_timeout(
                conn.batch_execute("SELECT pg_sleep(60)").await.unwrap_err()
            ));
            let inside = conn
                .transaction(async |conn| sleep().execute(conn).await)
                .await;
            assert!(is_timeout(inside.unwrap_err()));
            // After rows have come: the error is in the stream.
            let rows = async {
                let rows = projects::table
                    .select(diesel::dsl::sql::<diesel::sql_types::Integer>(
                        "generate_series(1, 1000) + length(pg_sleep(0.001)::text)",
                    ))
                    .load_stream::<i32>(&mut conn)
                    .await?;
                rows.try_collect::<Vec<_>>().await
            }
            .await;
            assert!(is_timeout(rows.unwrap_err()));
            assert_eq!(
                projects::table.count().get_result(&mut conn).await,
                Ok(3i64)
            );
        }
        drop(conn);
        assert_eq!(settings(&mut raw).await, NONE);
    }

    #[tokio::test]
    async fn a_scope_with_options_refuses_to_run_in_a_foreign_transaction() {
        let shop = Shop::new(Layers::Both);
        let mut raw = shop.async_raw().await;
        raw.begin_test_transaction().await.unwrap();
        let mut conn = Scoped::open(&mut raw, A).unwrap().serializable();
        let refused = projects::table.count().get_result::<i64>(&mut conn).await;
        assert!(
            matches!(refused, Err(Error::AlreadyInTransaction)),
            "{refused:?}"
        );
    }
}

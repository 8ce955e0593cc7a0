//! A transaction that begins with its first statement.

use diesel::result::Error;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{AsyncScopedTransactionManager, ScopeError, Scoped};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B};

use crate::line::{Conn, Line, cut_after};

async fn count(conn: &mut Conn) -> QueryResult<i64> {
    projects::table.count().get_result(conn).await
}

async fn insert(conn: &mut Conn, id: i32) -> QueryResult<usize> {
    insert_into(projects::table)
        .values((projects::id.eq(id), projects::name.eq(format!("p{id}"))))
        .execute(conn)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn begin_is_sent_before_the_first_statement_and_once() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for cold in [true, false] {
        line.reset();
        conn.transaction(async |conn| {
            assert_eq!(line.recorded(), Vec::<String>::new(), "nothing is sent yet");
            assert_eq!(count(conn).await?, 3);
            assert_eq!(count(conn).await?, 3);
            QueryResult::Ok(())
        })
        .await
        .unwrap();
        let sent = line.recorded();
        let begins = sent
            .iter()
            .filter(|message| message.contains("BEGIN"))
            .count();
        assert_eq!(begins, 1, "{sent:?}");
        assert!(sent[0].starts_with("Query BEGIN;SET LOCAL"), "{sent:?}");
        assert_eq!(sent[1].starts_with("Parse"), cold, "{sent:?}");
        assert_eq!(sent.last().unwrap(), "Query COMMIT");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_without_statements_sends_nothing_and_ends_as_its_closure_says() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    line.reset();
    let ended = conn.transaction(async |_| QueryResult::Ok(7)).await;
    assert_eq!(ended, Ok(7));
    let ended = conn
        .transaction(async |_| Err::<(), _>(Error::RollbackTransaction))
        .await;
    assert_eq!(ended, Err(Error::RollbackTransaction));
    let read_only = conn
        .build_transaction()
        .read_only()
        .run(async |_| QueryResult::Ok(()))
        .await;
    assert_eq!(read_only, Ok(()));
    assert_eq!(line.recorded(), Vec::<String>::new());
    assert_eq!(count(conn).await, Ok(3));
    assert_eq!(
        conn.transaction(async |conn| count(conn).await).await,
        Ok(3)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_first_statement_begins_the_transaction() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for form in 0..5 {
        conn.transaction(async |conn| {
            match form {
                0 => drop(insert(conn, 40).await?),
                1 => {
                    conn.batch_execute("INSERT INTO countries SELECT 'yy', 'y' WHERE false")
                        .await?
                }
                2 => drop(diesel::sql_query("SELECT 1").execute(conn).await?),
                3 => {
                    conn.transaction(async |conn| count(conn).await.map(drop))
                        .await?
                }
                _ => {
                    let rolled_back = conn
                        .transaction(async |conn| {
                            insert(conn, 50).await?;
                            Err::<(), _>(Error::RollbackTransaction)
                        })
                        .await;
                    assert_eq!(rolled_back, Err(Error::RollbackTransaction));
                }
            }
            insert(conn, 60 + form).await?;
            Err::<(), _>(Error::RollbackTransaction)
        })
        .await
        .unwrap_err();
        assert_eq!(
            count(conn).await,
            Ok(3),
            "form {form} was rolled back as a whole"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_statement_that_fails_cannot_be_committed_around() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    for _ in 0..2 {
        let swallowed = conn
            .transaction(async |conn| {
                assert!(insert(conn, 1).await.is_err());
                QueryResult::Ok(())
            })
            .await;
        assert_eq!(
            ScopeError::of(&swallowed.unwrap_err()),
            Some(&ScopeError::RolledBack)
        );
        assert_eq!(count(conn).await, Ok(3));
    }
}

/// However far the first statement came, what follows is in the transaction of the tenant.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_statement_cut_off_at_any_poll_leaves_the_rest_in_the_transaction() {
    let line = Line::new();
    for polls in 0..8 {
        let conn = &mut line.scope().await;
        let result = conn
            .transaction(async |conn| {
                if polls > 0 {
                    drop(cut_after(polls, count(conn)).await);
                } else {
                    drop(count(conn));
                }
                assert_eq!(count(conn).await?, 3, "{polls} polls");
                insert(conn, 70).await?;
                Err::<(), _>(Error::RollbackTransaction)
            })
            .await;
        assert_eq!(result, Err(Error::RollbackTransaction), "{polls} polls");
        assert_eq!(count(conn).await, Ok(3), "{polls} polls");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_is_dropped_before_the_first_statement_sends_nothing_later() {
    let line = Line::new();
    let mut raw = line.raw().await;
    {
        let mut conn = Scoped::open(&mut raw, A).unwrap();
        AsyncScopedTransactionManager::begin_transaction(&mut conn)
            .await
            .unwrap();
    }
    line.reset();
    let mut next = Scoped::open(&mut raw, B).unwrap();
    let count = projects::table.count().get_result::<i64>(&mut next).await;
    assert!(matches!(count, Err(Error::BrokenTransactionManager)));
    assert_eq!(line.recorded(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_transaction_of_a_scope_begins_with_its_first_statement() {
    let line = Line::new();
    let conn = &mut line.scope().await;
    conn.begin_test_transaction().await.unwrap();
    assert_eq!(insert(conn, 80).await, Ok(1));
    assert_eq!(
        conn.transaction(async |conn| count(conn).await).await,
        Ok(4)
    );
    let other = &mut line.scope().await;
    assert_eq!(count(other).await, Ok(3));
}

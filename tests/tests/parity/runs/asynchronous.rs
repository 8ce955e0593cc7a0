use diesel::prelude::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper,
};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::TryStreamExt;

use crate::world::World;

#[tokio::test]
async fn load_and_get_results() {
    let world = World::new();
    let rows = same_async!(world, |conn| tasks::table
        .order(tasks::id)
        .select(tasks::id)
        .load::<i32>(conn)
        .await);
    assert_eq!(rows, Ok(vec![1, 2, 3, 4]));
    let rows = same_async!(world, |conn| insert_into(projects::table)
        .values(NewProject {
            id: 4,
            name: "delta",
            country: None
        })
        .returning((projects::id, projects::name))
        .get_results::<(i32, String)>(conn)
        .await);
    assert_eq!(rows.unwrap().len(), 1);
}

#[tokio::test]
async fn first_and_get_result() {
    let world = World::new();
    let row = same_async!(world, |conn| tasks::table
        .order(tasks::id.desc())
        .select(tasks::id)
        .first::<i32>(conn)
        .await);
    assert_eq!(row, Ok(4));
    let title = same_async!(world, |conn| update(tasks::table.find(1))
        .set(tasks::title.eq("uno"))
        .returning(Task::as_returning())
        .get_result(conn)
        .await
        .map(|task| task.title));
    assert_eq!(title, Ok("uno".to_owned()));
    let row = same_async!(world, |conn| tasks::table
        .find(99)
        .select(tasks::id)
        .get_result::<i32>(conn)
        .await
        .optional());
    assert_eq!(row, Ok(None));
}

#[tokio::test]
async fn execute() {
    let world = World::new();
    let count = same_async!(world, |conn| delete(tasks::table.filter(tasks::done))
        .execute(conn)
        .await);
    assert_eq!(count, Ok(2));
}

#[tokio::test]
async fn load_stream() {
    let world = World::to_read();
    let rows = same_async!(world, |conn| {
        let rows = tasks::table
            .order(tasks::id)
            .select((tasks::id, tasks::title))
            .load_stream::<(i32, String)>(conn)
            .await
            .unwrap();
        rows.try_collect::<Vec<_>>().await
    });
    assert_eq!(rows.unwrap().len(), 4);
}

#[tokio::test]
async fn transactions() {
    let world = World::new();
    let kept = same_async!(world, |conn| conn
        .transaction(async |conn| {
            update(tasks::table.find(1))
                .set(tasks::title.eq("kept"))
                .execute(conn)
                .await?;
            let undone: QueryResult<()> = conn
                .transaction(async |conn| {
                    delete(tasks::table).execute(conn).await?;
                    Err(diesel::result::Error::RollbackTransaction)
                })
                .await;
            assert!(undone.is_err());
            tasks::table.count().get_result::<i64>(conn).await
        })
        .await);
    assert_eq!(kept, Ok(4));
    let undone = same_async!(world, |conn| conn
        .transaction(async |conn| {
            delete(tasks::table).execute(conn).await?;
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        })
        .await);
    assert_eq!(undone, Err(diesel::result::Error::RollbackTransaction));
}

#[tokio::test]
async fn transactions_with_options() {
    let world = World::new();
    let kept = same_async!(world, |conn| conn
        .build_transaction()
        .serializable()
        .read_write()
        .not_deferrable()
        .run(async |conn| {
            update(tasks::table)
                .set(tasks::points.eq(7))
                .execute(conn)
                .await
        })
        .await);
    assert_eq!(kept, Ok(4));
    macro_rules! reads {
        ($($($method:ident).+;)+) => {$(
            let count = same_async!(world, |conn| conn
                .build_transaction()
                $(.$method())+
                .run(async |conn| tasks::table.count().get_result::<i64>(conn).await)
                .await);
            assert_eq!(count, Ok(4));
        )+};
    }
    reads! {
        read_committed;
        repeatable_read.read_only;
        serializable.read_only.deferrable;
    }
    let refused = same_async!(world, |conn| {
        let refused: QueryResult<usize> = conn
            .build_transaction()
            .read_only()
            .run(async |conn| delete(tasks::table).execute(conn).await)
            .await;
        refused.unwrap_err().to_string()
    });
    assert!(refused.contains("read-only transaction"), "{refused}");
    let inside = same_async!(world, |conn| conn
        .transaction(async |conn| {
            let inside = conn
                .build_transaction()
                .run(async |_| QueryResult::Ok(()))
                .await;
            assert_eq!(inside, Err(diesel::result::Error::AlreadyInTransaction));
            tasks::table.count().get_result::<i64>(conn).await
        })
        .await);
    assert_eq!(inside, Ok(4));
}

#[tokio::test]
async fn test_transactions() {
    let world = World::new();
    let number = same_async!(world, |conn| conn
        .test_transaction::<_, diesel::result::Error, _>(async |conn| {
            delete(tasks::table.find(1)).execute(conn).await?;
            tasks::table.count().get_result::<i64>(conn).await
        })
        .await);
    assert_eq!(number, 3);
    let number = same_async!(world, |conn| {
        conn.begin_test_transaction().await.unwrap();
        delete(tasks::table.find(2)).execute(conn).await.unwrap();
        tasks::table.count().get_result::<i64>(conn).await
    });
    assert_eq!(number, Ok(3));
}

#[tokio::test]
async fn batch_execute() {
    let world = World::new();
    let done = world.shared[0]
        .async_scope()
        .await
        .batch_execute("UPDATE tasks SET title = 'raw'; DELETE FROM comments")
        .await;
    assert_eq!(done, Ok(()));
    let foreign = world.shared[0].rows_of(tenancy_tests::B);
    assert!(foreign.iter().all(|row| !row.contains("raw")));
    assert!(foreign.iter().any(|row| row.starts_with("comments ")));
}

#[tokio::test]
async fn a_scope_is_not_established_from_a_url() {
    type Scoped = tenancy_tests::schema::Scoped<diesel_async::AsyncPgConnection>;
    let refused = Scoped::establish("postgres://nobody@127.0.0.1:1/none").await;
    let error = refused.err().unwrap().to_string();
    assert!(error.contains("open it with `Scoped::open"), "{error}");
}

#[tokio::test]
async fn the_settings_of_a_connection() {
    use diesel::connection::{CacheSize, InstrumentationEvent};
    use std::sync::{Arc, Mutex};
    let world = World::to_read();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let conn = &mut world.shared[0].async_scope().await;
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    let log = Arc::clone(&seen);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            log.lock().unwrap().push(query.to_string());
        }
    });
    use crate::names::scoped::tasks;
    let rows = tasks::table.select(tasks::id).load::<i32>(conn).await;
    assert_eq!(rows.unwrap().len(), 4);
    let seen = seen.lock().unwrap();
    assert!(
        seen.iter()
            .any(|query| query.contains("FROM \"tasks\" WHERE")),
        "{seen:?}"
    );
}

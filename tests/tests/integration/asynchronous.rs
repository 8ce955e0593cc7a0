//! The query forms on an asynchronous connection, cold and warm.

use diesel::result::Error;
use diesel::upsert::excluded;
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::{StreamExt, TryStreamExt};
use tenancy_diesel::ScopeError;
use tenancy_diesel::Scoped;
use tenancy_diesel::asynchronous::ScopedSaveChangesDsl;
use tenancy_diesel::dsl::exists;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::models::{FullProject, NewProject, Project, Status, Task};
use tenancy_tests::schema::{billing, countries, files, organisations, parent, projects, tasks};
use tenancy_tests::{A, B, OrgId};

/// Runs a future on a runtime with several threads.
pub(crate) fn run<F: Future<Output = ()>>(future: F) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

pub(crate) type Conn = tenancy_tests::schema::Scoped<diesel_async::AsyncPgConnection>;

pub(crate) async fn count(conn: &mut Conn) -> i64 {
    projects::table.count().get_result(conn).await.unwrap()
}

/// Inserts a project.
pub(crate) async fn insert<C: tenancy_diesel::AsyncScopeConnection>(
    conn: &mut tenancy_tests::schema::Scoped<C>,
    id: i32,
) -> QueryResult<usize> {
    insert_into(projects::table)
        .values((projects::id.eq(id), projects::name.eq(format!("p{id}"))))
        .execute(conn)
        .await
}

#[test]
fn every_read_form_works_cold_and_warm() {
    Shop::each(|shop| {
        run(async {
            let conn = &mut shop.async_scope(A).await;
            for _ in 0..3 {
                assert_eq!(count(conn).await, 3);
                let rows: Vec<FullProject> = projects::table.load(conn).await.unwrap();
                assert!(rows.len() == 3 && rows.iter().all(|row| row.tenant_id == A));
                let first: Project = projects::table
                    .find(1)
                    .select(Project::as_select())
                    .first(conn)
                    .await
                    .unwrap();
                assert_eq!(first.name, "alpha a");
                let missing = projects::table
                    .find(9)
                    .select(projects::name)
                    .first::<String>(conn)
                    .await;
                assert_eq!(missing, Err(Error::NotFound));
                let joined: Vec<(Project, Option<Task>)> = projects::table
                    .left_join(tasks::table)
                    .order((projects::id, tasks::id))
                    .select((Project::as_select(), Option::<Task>::as_select()))
                    .load(conn)
                    .await
                    .unwrap();
                assert_eq!(joined.len(), 4);
                let boxed = projects::table
                    .into_boxed()
                    .filter(projects::name.like("%a"))
                    .select(projects::id)
                    .load::<i32>(conn)
                    .await
                    .unwrap();
                assert_eq!(boxed.len(), 3);
                let sub: Vec<i32> = projects::table
                    .filter(exists(
                        tasks::table.filter(tasks::project_id.eq(projects::id)),
                    ))
                    .order(projects::id)
                    .select(projects::id)
                    .load(conn)
                    .await
                    .unwrap();
                assert_eq!(sub, [1, 2]);
                let up: i64 = projects::table
                    .inner_join(parent::table.on(projects::parent_id.eq(parent::id.nullable())))
                    .count()
                    .get_result(conn)
                    .await
                    .unwrap();
                assert_eq!(up, 2);
                let custom: Vec<i32> = tasks::table
                    .filter(tasks::status.eq(Status::Open))
                    .order(tasks::id)
                    .select(tasks::id)
                    .load(conn)
                    .await
                    .unwrap();
                assert_eq!(custom, [1, 3]);
                // Not safe to cache, so it is prepared anew each time.
                let raw_part: Vec<i32> = tasks::table
                    .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("points > 0"))
                    .select(tasks::id)
                    .load(conn)
                    .await
                    .unwrap();
                assert_eq!(raw_part.len(), 3);
                let union: Vec<i32> = projects::table
                    .select(projects::id)
                    .union(tasks::table.select(tasks::id))
                    .load(conn)
                    .await
                    .unwrap();
                assert_eq!(union.len(), 3);
                assert_eq!(countries::table.count().get_result(conn).await, Ok(3i64));
                assert_eq!(
                    billing::projects::table
                        .select(billing::projects::name)
                        .first(conn)
                        .await,
                    Ok("bill a".to_owned())
                );
                assert_eq!(files::table.count().get_result(conn).await, Ok(1i64));
                assert_eq!(
                    organisations::table.count().get_result(conn).await,
                    Ok(1i64)
                );
            }
        });
    });
}

#[test]
fn every_write_form_works() {
    Shop::each(|shop| {
        let before = shop.rows_of(B);
        run(async {
            let conn = &mut shop.async_scope(A).await;
            for i in 0..3 {
                let record = NewProject {
                    id: 100 + i,
                    name: format!("record {i}"),
                    country: None,
                };
                assert_eq!(
                    insert_into(projects::table)
                        .values(&record)
                        .execute(conn)
                        .await,
                    Ok(1)
                );
                let row: FullProject = insert_into(projects::table)
                    .values((
                        projects::id.eq(110 + i),
                        projects::name.eq(format!("tuple {i}")),
                    ))
                    .get_result(conn)
                    .await
                    .unwrap();
                assert_eq!(row.tenant_id, A);
                let batch = [
                    (
                        projects::id.eq(120 + i),
                        projects::name.eq(format!("x {i}")),
                    ),
                    (
                        projects::id.eq(130 + i),
                        projects::name.eq(format!("y {i}")),
                    ),
                ];
                let tenants: Vec<OrgId> = insert_into(projects::table)
                    .values(batch.to_vec())
                    .returning(projects::tenant_id)
                    .get_results(conn)
                    .await
                    .unwrap();
                assert_eq!(tenants, [A, A]);
                let name: String = insert_into(projects::table)
                    .values((projects::id.eq(1), projects::name.eq(format!("up {i}"))))
                    .on_conflict(projects::id)
                    .do_update()
                    .set(projects::name.eq(excluded(projects::name)))
                    .returning(projects::name)
                    .get_result(conn)
                    .await
                    .unwrap();
                assert_eq!(name, format!("up {i}"));
                assert_eq!(
                    update(projects::table.find(9))
                        .set(projects::name.eq("x"))
                        .execute(conn)
                        .await,
                    Ok(0)
                );
                assert_eq!(
                    update(projects::table.find(2))
                        .set(projects::country.eq("fr"))
                        .execute(conn)
                        .await,
                    Ok(1)
                );
                assert_eq!(
                    delete(projects::table.find(110 + i)).execute(conn).await,
                    Ok(1)
                );
                assert_eq!(delete(projects::table.find(9)).execute(conn).await, Ok(0));
            }
            let mut project: Project = Project::query()
                .filter(projects::id.eq(3))
                .first(conn)
                .await
                .unwrap();
            project.name = "saved".to_owned();
            let saved = (&project).save_changes(conn).await.unwrap();
            assert_eq!(saved.name, "saved");
            assert_eq!(delete(&project).execute(conn).await, Ok(1));
            let of_one: Vec<Task> = Task::belonging_to(&Project {
                id: 1,
                name: String::new(),
            })
            .select(Task::as_select())
            .load(conn)
            .await
            .unwrap();
            assert_eq!(of_one.len(), 2);
        });
        assert_eq!(shop.rows_of(B), before);
    });
}

#[test]
fn a_long_result_streams_and_a_short_one_is_held_back() {
    Shop::each(|shop| {
        run(async {
            let conn = &mut shop.async_scope(A).await;
            let rows: Vec<NewProject> = (1000..3000)
                .map(|id| NewProject {
                    id,
                    name: format!("n{id}"),
                    country: None,
                })
                .collect();
            assert_eq!(
                insert_into(projects::table)
                    .values(&rows)
                    .execute(conn)
                    .await,
                Ok(2000)
            );
            for _ in 0..3 {
                let stream = projects::table
                    .select(projects::name)
                    .load_stream::<String>(conn)
                    .await
                    .unwrap();
                let names: Vec<String> = stream.try_collect().await.unwrap();
                assert_eq!(names.len(), 2003);
                assert!(!names.iter().any(|name| name.ends_with(" b")));
            }
            // The first row of many: the rest is thrown away and the scope goes on.
            let first: i32 = projects::table
                .select(projects::id)
                .order(projects::id)
                .get_result(conn)
                .await
                .unwrap();
            assert_eq!(first, 1);
            assert_eq!(count(conn).await, 2003);
        });
    });
}

#[test]
fn two_streams_of_two_tenants_interleave_on_one_thread() {
    let shop = Shop::new(Layers::Both);
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let (mut a, mut b) = (shop.async_scope(A).await, shop.async_scope(B).await);
            for conn in [&mut a, &mut b] {
                let rows: Vec<NewProject> = (1000..1200)
                    .map(|id| NewProject {
                        id,
                        name: format!("{:?} {id}", conn.tenant()),
                        country: None,
                    })
                    .collect();
                insert_into(projects::table)
                    .values(&rows)
                    .execute(conn)
                    .await
                    .unwrap();
            }
            let query = projects::table.select((projects::tenant_id, projects::id));
            let mut of_a = query.load_stream::<(OrgId, i32)>(&mut a).await.unwrap();
            let mut of_b = query.load_stream::<(OrgId, i32)>(&mut b).await.unwrap();
            let (mut rows_a, mut rows_b) = (0, 0);
            loop {
                let (next_a, next_b) = (of_a.next().await, of_b.next().await);
                if let Some(row) = &next_a {
                    assert_eq!(row.as_ref().unwrap().0, A);
                    rows_a += 1;
                }
                if let Some(row) = &next_b {
                    assert_eq!(row.as_ref().unwrap().0, B);
                    rows_b += 1;
                }
                if next_a.is_none() && next_b.is_none() {
                    break;
                }
            }
            assert_eq!((rows_a, rows_b), (203, 204));
        });
}

#[test]
fn transactions_and_savepoints() {
    Shop::each(|shop| {
        run(async {
            let conn = &mut shop.async_scope(A).await;
            let insert = |id: i32| {
                insert_into(projects::table)
                    .values((projects::id.eq(id), projects::name.eq(format!("p{id}"))))
            };
            conn.transaction(async |conn| {
                insert(50).execute(conn).await?;
                let inner = conn
                    .transaction(async |conn| {
                        insert(51).execute(conn).await?;
                        Err::<(), _>(Error::RollbackTransaction)
                    })
                    .await;
                assert!(inner.is_err());
                conn.transaction(async |conn| insert(52).execute(conn).await)
                    .await?;
                assert_eq!(count(conn).await, 5);
                QueryResult::Ok(())
            })
            .await
            .unwrap();
            assert_eq!(count(conn).await, 5);
            let swallowed = conn
                .transaction(async |conn| {
                    insert(53).execute(conn).await?;
                    assert!(insert(1).execute(conn).await.is_err());
                    QueryResult::Ok(())
                })
                .await;
            assert_eq!(
                ScopeError::of(&swallowed.unwrap_err()),
                Some(&ScopeError::RolledBack)
            );
            assert_eq!(count(conn).await, 5);
        });
    });
}

#[test]
fn errors_leave_the_connection_at_rest() {
    Shop::each(|shop| {
        run(async {
            let conn = &mut shop.async_scope(A).await;
            let taken = || {
                insert_into(projects::table).values((projects::id.eq(1), projects::name.eq("x")))
            };
            for _ in 0..3 {
                assert!(taken().execute(conn).await.is_err());
                assert!(
                    taken()
                        .returning(projects::id)
                        .get_result::<i32>(conn)
                        .await
                        .is_err()
                );
                assert_eq!(count(conn).await, 3);
            }
            let division = projects::table
                .select(diesel::dsl::sql::<diesel::sql_types::Integer>(
                    "1 / (projects.id - 2)",
                ))
                .load::<i32>(conn)
                .await;
            assert!(division.is_err());
            assert_eq!(count(conn).await, 3);
        });
    });
}

#[test]
fn a_scope_in_a_foreign_transaction() {
    Shop::each(|shop| {
        run(async {
            let mut raw = shop.async_raw().await;
            raw.begin_test_transaction().await.unwrap();
            for (tenant, rows) in [(A, 3i64), (B, 4), (A, 4)] {
                let mut conn = Scoped::open(&mut raw, tenant).unwrap();
                assert_eq!(
                    projects::table.count().get_result(&mut conn).await,
                    Ok(rows)
                );
                if tenant == A && rows == 3 {
                    conn.transaction(async |conn| {
                        insert_into(projects::table)
                            .values((projects::id.eq(70), projects::name.eq("t")))
                            .execute(conn)
                            .await
                    })
                    .await
                    .unwrap();
                }
            }
            let outside = diesel::sql_query("SELECT 1 FROM projects")
                .execute(&mut raw)
                .await;
            if shop.has_policies() {
                assert_eq!(outside, Ok(0));
            }
        });
    });
}

#[test]
fn the_statement_cache_switched_off_through_the_scope() {
    let shop = Shop::new(Layers::Both);
    run(async {
        let conn = &mut shop.async_scope(A).await;
        for _ in 0..3 {
            assert_eq!(count(conn).await, 3);
        }
        conn.set_prepared_statement_cache_size(diesel::connection::CacheSize::Disabled);
        for _ in 0..3 {
            assert_eq!(count(conn).await, 3);
        }
        conn.set_prepared_statement_cache_size(diesel::connection::CacheSize::Unbounded);
        for _ in 0..3 {
            assert_eq!(count(conn).await, 3);
        }
    });
}

/// The order hazard on purpose: the scope believes that the statement is prepared, but the connection
/// prepares it anew.
///
/// The order of the answers shows it, unless both come between two polls of a thread that had to wait. The
/// statement has then run without a tenant, and found nothing.
#[test]
fn a_statement_that_overtakes_its_transaction_is_noticed() {
    let shop = Shop::new(Layers::Both);
    run(async {
        let mut noticed = 0;
        for _ in 0..20 {
            let mut raw = shop.async_raw().await;
            raw.set_prepared_statement_cache_size(diesel::connection::CacheSize::Disabled);
            let mut conn = Scoped::open(raw, A).unwrap();
            assert_eq!(count(&mut conn).await, 3, "the first run is cold and right");
            match projects::table.count().get_result::<i64>(&mut conn).await {
                Ok(rows) => assert!(rows == 0 || rows == 3, "B has four"),
                Err(error) => {
                    assert_eq!(ScopeError::of(&error), Some(&ScopeError::OutOfOrder));
                    let after = projects::table.count().get_result::<i64>(&mut conn).await;
                    assert!(
                        matches!(after, Err(Error::BrokenTransactionManager)),
                        "{after:?}"
                    );
                    noticed += 1;
                }
            }
        }
        assert!(noticed > 10, "{noticed}");
    });
}

#[test]
fn generic_code_over_connections() {
    use tenancy_diesel::AsyncScopeConnection;
    async fn names<C: AsyncScopeConnection>(
        conn: &mut tenancy_tests::schema::Scoped<C>,
    ) -> QueryResult<Vec<String>> {
        projects::table
            .order(projects::id)
            .select(projects::name)
            .load(conn)
            .await
    }
    async fn foreign<C>(conn: &mut C) -> QueryResult<i64>
    where
        C: AsyncConnection<Backend = diesel::pg::Pg>,
    {
        conn.transaction(async |conn| countries::table.count().get_result(conn).await)
            .await
    }
    let shop = Shop::new(Layers::Both);
    run(async {
        let mut raw = shop.async_raw().await;
        let mut borrowed = Scoped::open(&mut raw, A).unwrap();
        assert_eq!(names(&mut borrowed).await.unwrap().len(), 3);
        assert_eq!(foreign(&mut borrowed).await, Ok(3));
        drop(borrowed);
        let mut owned = shop.async_scope(B).await;
        let spawned = tokio::spawn(async move { names(&mut owned).await })
            .await
            .unwrap();
        assert_eq!(spawned.unwrap().len(), 4);
    });
}

/// A task that has spent tokio's budget must not send COMMIT before the statement.
#[test]
fn the_order_holds_for_a_task_without_budget() {
    Shop::each(|shop| {
        run(async {
            let conn = &mut shop.async_scope(A).await;
            assert_eq!(count(conn).await, 3);
            insert(conn, 50).await.unwrap();
            for i in 0..50 {
                while tokio::task::coop::has_budget_remaining() {
                    tokio::task::consume_budget().await;
                    if !tokio::task::coop::has_budget_remaining() {
                        break;
                    }
                }
                assert_eq!(count(conn).await, 4 + i, "run {i}");
                insert(conn, 60 + i as i32).await.unwrap();
            }
        });
    });
}

#[test]
fn a_constraint_that_fails_at_commit_leaves_the_scope_usable() {
    Shop::each(|shop| {
        diesel::connection::SimpleConnection::batch_execute(
            &mut shop.superuser(),
            "ALTER TABLE tasks ALTER CONSTRAINT tasks_tenant_id_project_id_fkey
                 DEFERRABLE INITIALLY DEFERRED",
        )
        .unwrap();
        run(async {
            let conn = &mut shop.async_scope(A).await;
            for _ in 0..3 {
                let orphan = insert_into(tasks::table)
                    .values((
                        tasks::id.eq(70),
                        tasks::project_id.eq(9),
                        tasks::title.eq("x"),
                    ))
                    .returning(tasks::id)
                    .get_result::<i32>(conn)
                    .await;
                assert!(
                    matches!(orphan, Err(Error::DatabaseError(..))),
                    "{orphan:?}"
                );
                assert_eq!(tasks::table.count().get_result(conn).await, Ok(3i64));
            }
        });
    });
}

//! The same on asynchronous connections.

use diesel::prelude::*;
use diesel::result::Error;
use futures_util::{StreamExt, TryStreamExt, poll};
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::crossing::{CrossTenantPool, CrossingError};
use tenancy_diesel::insert_into;
use tenancy_tests::models::Project;
use tenancy_tests::schema::{TenantPool, projects, tasks};
use tenancy_tests::{A, B, OrgId};

use crate::world::{World, run};

async fn tenants(world: &World) -> TenantPool {
    let manager = ConnectionManager::new(world.url());
    let pool = bb8::Pool::builder()
        .max_size(2)
        .build(manager)
        .await
        .unwrap();
    TenantPool::builder(pool).build().await.unwrap()
}

#[test]
fn rows_of_all_tenants_are_read_and_recorded() {
    let world = World::new();
    run(async {
        let pool = world.async_pool(2).await;
        let mut cross = pool.open("alice", "ticket 1").await.unwrap();
        for _ in 0..3 {
            let rows: Vec<(OrgId, i64)> = cross
                .load(
                    tasks::table
                        .group_by(tasks::tenant_id)
                        .order(tasks::tenant_id)
                        .select((tasks::tenant_id, diesel::dsl::count_star())),
                )
                .await
                .unwrap();
            assert_eq!(rows, [(A, 3), (B, 4)]);
        }
        let first = projects::table.find(9).select(Project::as_select());
        assert_eq!(cross.first::<Project>(first).await.unwrap().name, "only b");
        let missing = projects::table.find(77).select(projects::name);
        assert_eq!(cross.first::<String>(missing).await, Err(Error::NotFound));

        let tenants = tenants(&world).await;
        let mut scope = cross.scope(&tenants, B).await.unwrap();
        let insert = insert_into(projects::table)
            .values((projects::id.eq(60), projects::name.eq("written")));
        diesel_async::RunQueryDsl::execute(insert, &mut scope)
            .await
            .unwrap();
    });
    assert_eq!(
        world.kinds(),
        ["open", "read", "read", "read", "read", "read", "scope"]
    );
    assert_eq!(
        world.number("SELECT count(*) AS n FROM projects WHERE name = 'written'"),
        1
    );
}

#[test]
fn a_pool_of_deadpool_reads_and_records_too_and_discards_what_was_cut_off() {
    use diesel_async::AsyncPgConnection;
    use diesel_async::pooled_connection::AsyncDieselConnectionManager;
    use diesel_async::pooled_connection::deadpool::Pool;

    let world = World::new();
    let pool = |role: &str| {
        let url = world.url_of(&world.role(role));
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url);
        Pool::builder(manager).max_size(1).build().unwrap()
    };
    run(async {
        let pool = CrossTenantPool::builder(pool("support"), pool("recorder"))
            .app_role(world.app_role())
            .build()
            .await
            .unwrap();
        let mut cross = pool.open("alice", "ticket 1").await.unwrap();
        let count = projects::table.count();
        assert_eq!(cross.get_result::<i64>(count).await, Ok(7));
        {
            let mut rows = std::pin::pin!(cross.load::<i64>(count));
            assert!(poll!(rows.as_mut()).is_pending());
        }
        drop(cross);
        let mut cross = pool.open("alice", "ticket 2").await.unwrap();
        assert_eq!(cross.get_result::<i64>(count).await, Ok(7));
    });
    let kinds = world.kinds();
    assert_eq!(kinds.iter().filter(|kind| *kind == "open").count(), 2);
    assert!(kinds.iter().filter(|kind| *kind == "read").count() >= 2);
}

#[test]
fn a_scope_and_a_crossing_keep_apart_on_one_connection() {
    let world = World::new();
    world.administer("ALTER TABLE projects DISABLE ROW LEVEL SECURITY");
    run(async {
        let reading = world
            .async_pool_of(&world.url_of(&world.role("support")), 1)
            .await;
        let recording = world
            .async_pool_of(&world.url_of(&world.role("recorder")), 1)
            .await;
        let pool = CrossTenantPool::builder(reading.clone(), recording)
            .app_role(world.app_role())
            .build()
            .await
            .unwrap();
        for _ in 0..3 {
            let mut cross = pool.open("alice", "ticket 1").await.unwrap();
            assert_eq!(
                cross.get_result::<i64>(projects::table.count()).await,
                Ok(7)
            );
            drop(cross);
            let lease = reading.get_owned().await.unwrap();
            let mut scope = tenancy_diesel::Scoped::open(lease, A).unwrap();
            let own = diesel_async::RunQueryDsl::get_result(projects::table.count(), &mut scope);
            assert_eq!(own.await, Ok(3i64));
        }
    });
}

#[test]
fn a_stream_is_recorded_once_and_before_its_first_row() {
    let world = World::new();
    run(async {
        let pool = world.async_pool(1).await;
        let mut cross = pool.open("alice", "ticket 1").await.unwrap();
        let names = || projects::table.order(projects::name).select(projects::name);
        let mut rows = cross.load_stream::<String>(names()).await.unwrap();
        assert_eq!(world.kinds(), ["open", "read"]);
        assert_eq!(rows.next().await.unwrap().unwrap(), "alpha a");
        let rest: Vec<String> = rows.try_collect().await.unwrap();
        assert_eq!(rest.len(), 6);
        // Read to its end, it leaves the connection as it was.
        assert_eq!(cross.load::<String>(names()).await.unwrap().len(), 7);
        assert_eq!(world.kinds(), ["open", "read", "read"]);
    });
}

#[test]
fn a_stream_that_is_cut_off_takes_its_connection_with_it() {
    let world = World::new();
    run(async {
        let pool = world.async_pool(1).await;
        let mut cross = pool.open("alice", "ticket 1").await.unwrap();
        let names = || projects::table.select(projects::name);
        let mut rows = cross.load_stream::<String>(names()).await.unwrap();
        rows.next().await.unwrap().unwrap();
        drop(rows);
        let after = cross.load::<String>(names()).await;
        assert!(
            matches!(after, Err(Error::BrokenTransactionManager)),
            "{after:?}"
        );
        drop(cross);
        let mut next = pool.open("alice", "ticket 2").await.unwrap();
        assert_eq!(next.load::<String>(names()).await.unwrap().len(), 7);
    });
}

/// At each point at which a statement can be dropped, the next crossing finds a clean connection, and the
/// record is there whenever rows could be.
#[test]
fn a_statement_dropped_at_each_point_leaves_nothing_open() {
    let world = World::new();
    run(async {
        let pool = world.async_pool(1).await;
        for polls in 0.. {
            let mut cross = pool.open("alice", "dropped").await.unwrap();
            let mut loading = Box::pin(cross.load::<i32>(projects::table.select(projects::id)));
            let mut done = false;
            for _ in 0..polls {
                if poll!(&mut loading).is_ready() {
                    done = true;
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(loading);
            drop(cross);
            let mut next = pool.open("bob", "after it").await.unwrap();
            let idle = diesel::dsl::sql::<diesel::sql_types::Bool>(
                "current_setting('transaction_read_only') = 'on'",
            );
            let rows = next
                .load::<i32>(projects::table.filter(idle).select(projects::id))
                .await;
            assert_eq!(rows.unwrap().len(), 7);
            if done {
                break;
            }
        }
    });
}

#[test]
fn nothing_is_read_without_a_record() {
    let world = World::new();
    run(async {
        let pool = world.async_pool(1).await;
        let mut cross = pool.open("alice", "ticket 1").await.unwrap();
        world.administer("ALTER TABLE tenancy.crossings RENAME TO elsewhere");
        let refused = cross
            .get_result::<i64>(projects::table.count())
            .await
            .unwrap_err();
        let why = CrossingError::of(&refused);
        assert!(
            matches!(why, Some(CrossingError::NotRecorded(_))),
            "{refused:?}"
        );
        let refused = cross
            .load_stream::<i32>(projects::table.select(projects::id))
            .await;
        assert!(refused.is_err());
        drop(refused);
        let refused = pool
            .open("alice", "ticket 2")
            .await
            .map(|_| ())
            .unwrap_err();
        assert!(
            matches!(refused, CrossingError::NotRecorded(_)),
            "{refused:?}"
        );
    });
}

/// As many crossings as the pool has connections, each with more statements than there are connections to
/// record with.
#[test]
fn many_at_once_do_not_wait_for_each_other_for_ever() {
    let world = World::new();
    run(async {
        let pool = world.async_pool(3).await;
        let mut all = Vec::new();
        for n in 0..12 {
            let pool = pool.clone();
            all.push(tokio::spawn(async move {
                let mut cross = pool.open(&format!("actor {n}"), "at once").await.unwrap();
                for _ in 0..3 {
                    let rows = cross.get_result::<i64>(projects::table.count()).await;
                    assert_eq!(rows, Ok(7));
                }
            }));
        }
        for one in all {
            one.await.unwrap();
        }
    });
    assert_eq!(world.records().len(), 12 * 4);
}

//! The faults, each for one tenant.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_types::{Integer, Text};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use tenancy_diesel::ScopeError;
use tenancy_diesel::bb8::Lease;
use tenancy_diesel::pool::Error;
use tenancy_diesel::prelude::*;
use tenancy_tests::schema::{Scoped, projects, tasks};

use crate::cut::cut;
use crate::world::{AsQueryError, World, new_row, tenant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    StatementDropped { polls: usize, woken: bool },
    TransactionDropped { polls: usize, woken: bool },
    PanicInClosure,
    PanicInRow,
    StatementError,
    SwallowedError,
    CommitError,
    Deadlock,
    SerializationFailure,
    SessionKilled,
    NetworkCut { bytes: i64 },
    StatementTimeout,
    VariableChanged,
}

impl Fault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Fault::StatementDropped { .. } => "statement dropped",
            Fault::TransactionDropped { .. } => "transaction dropped",
            Fault::PanicInClosure => "panic in closure",
            Fault::PanicInRow => "panic in row",
            Fault::StatementError => "statement error",
            Fault::SwallowedError => "swallowed error",
            Fault::CommitError => "COMMIT error",
            Fault::Deadlock => "deadlock",
            Fault::SerializationFailure => "serialization",
            Fault::SessionKilled => "session killed",
            Fault::NetworkCut { .. } => "network cut",
            Fault::StatementTimeout => "statement timeout",
            Fault::VariableChanged => "variable changed",
        }
    }

    /// Does it to a tenant. What the client is told goes to the ledger.
    pub(crate) async fn happen(self, world: &World, n: u128) -> Result<(), Error> {
        world.ledger.count_fault(self.name());
        match self {
            Fault::StatementDropped { polls, woken } => {
                let key = world.row(n);
                let mut conn = world.pool.scope(tenant(n)).await?;
                match cut(new_row(key).execute(&mut conn), polls, woken).await {
                    Some(result) => world.note(key, &result),
                    None => world.ledger.doubt(key),
                }
                Ok(())
            }
            Fault::TransactionDropped { polls, woken } => {
                let key = world.row(n);
                let transaction = world.pool.with_scope(tenant(n), async |conn| {
                    new_row(key).execute(conn).await?;
                    Ok::<_, Error>(())
                });
                match cut(transaction, polls, woken).await {
                    Some(result) => world.note(key, &result),
                    None => world.ledger.doubt(key),
                }
                Ok(())
            }
            Fault::PanicInClosure => {
                let (pool, key) = (world.pool.clone(), world.row(n));
                let panicked = tokio::spawn(async move {
                    pool.with_scope(tenant(n), async |conn| {
                        new_row(key).execute(conn).await?;
                        std::panic::resume_unwind(Box::new("on purpose"));
                        #[expect(unreachable_code, reason = "gives the closure its type")]
                        Ok::<_, Error>(())
                    })
                    .await
                })
                .await;
                assert!(world.network.was_cut() || panicked.is_err_and(|error| error.is_panic()));
                world.ledger.refuse(key);
                Ok(())
            }
            Fault::PanicInRow => {
                let pool = world.pool.clone();
                let panicked = tokio::spawn(async move {
                    let mut conn = pool.scope(tenant(n)).await.unwrap();
                    projects::table
                        .select(projects::name)
                        .load::<Bomb>(&mut conn)
                        .await
                        .map(drop)
                })
                .await;
                assert!(world.network.was_cut() || panicked.is_err_and(|error| error.is_panic()));
                Ok(())
            }
            Fault::StatementError => {
                let key = world.row(n);
                let failed = world
                    .pool
                    .with_scope(tenant(n), async |conn| {
                        new_row(key).execute(conn).await?;
                        new_row((n, 1)).execute(conn).await?;
                        Ok::<_, Error>(())
                    })
                    .await;
                assert_kind(world, &failed, DatabaseErrorKind::UniqueViolation);
                world.ledger.refuse(key);
                Ok(())
            }
            Fault::SwallowedError => {
                let key = world.row(n);
                let mut conn = world.pool.scope(tenant(n)).await?;
                let swallowed: QueryResult<()> = conn
                    .transaction(async |conn| {
                        new_row(key).execute(conn).await?;
                        let _ = new_row((n, 1)).execute(conn).await;
                        Ok(())
                    })
                    .await;
                let error = swallowed.expect_err("nothing of it was committed");
                assert!(
                    ScopeError::of(&error) == Some(&ScopeError::RolledBack)
                        || world.network.was_cut() && error.outcome_is_unknown(),
                    "{error:?}"
                );
                world.ledger.refuse(key);
                Ok(())
            }
            Fault::CommitError => {
                let key = world.row(n);
                let failed = world
                    .pool
                    .with_scope(tenant(n), async |conn| {
                        new_row(key).execute(conn).await?;
                        let orphan = (tasks::id.eq(key.1), tasks::project_id.eq(-1));
                        insert_into(tasks::table)
                            .values((orphan, tasks::title.eq("orphan")))
                            .execute(conn)
                            .await?;
                        Ok::<_, Error>(())
                    })
                    .await;
                assert_kind(world, &failed, DatabaseErrorKind::ForeignKeyViolation);
                world.ledger.refuse(key);
                Ok(())
            }
            Fault::Deadlock => deadlock(world, n).await,
            Fault::SerializationFailure => serialization_failure(world, n).await,
            Fault::SessionKilled => {
                let key = world.row(n);
                let killed = world
                    .pool
                    .with_scope(tenant(n), async |conn| {
                        new_row(key).execute(conn).await?;
                        let pid = diesel::select(diesel::dsl::sql::<Integer>("pg_backend_pid()"));
                        let pid: i32 = pid.get_result(conn).await?;
                        world.terminate(Some(pid));
                        new_row((n, key.1 + 1_000_000)).execute(conn).await?;
                        Ok::<_, Error>(())
                    })
                    .await;
                assert!(killed.is_err());
                // It ended before COMMIT was sent.
                world.ledger.refuse(key);
                Ok(())
            }
            Fault::NetworkCut { bytes } => {
                let key = world.row(n);
                let mut conn = world.pool.scope(tenant(n)).await?;
                world.network.cut_after(bytes);
                let _ = world.insert(&mut conn, key).await;
                let cut: QueryResult<Vec<String>> = diesel::sql_query(
                    "SELECT repeat(name, 50) AS name FROM projects, generate_series(1, 200)",
                )
                .load::<Name>(&mut conn)
                .await
                .map(|rows| rows.into_iter().map(|row| row.name).collect());
                world.network.mend();
                if let Ok(names) = cut {
                    crate::world::assert_own(n, &names);
                }
                Ok(())
            }
            Fault::StatementTimeout => {
                let key = world.row(n);
                let failed = world
                    .pool
                    .with_scope(tenant(n), async |conn| {
                        new_row(key).execute(conn).await?;
                        conn.batch_execute("SET LOCAL statement_timeout = '5ms'")
                            .await?;
                        conn.batch_execute("SELECT pg_sleep(10)").await?;
                        Ok::<_, Error>(())
                    })
                    .await;
                let error = failed.unwrap_err();
                assert!(
                    error.to_string().contains("statement timeout")
                        || world.network.was_cut() && error.outcome_is_unknown(),
                    "{error:?}"
                );
                world.ledger.refuse(key);
                Ok(())
            }
            Fault::VariableChanged => {
                let mut conn = world.pool.scope(tenant(n)).await?;
                let other = tenant((n + 1) % crate::world::TENANTS).0;
                conn.batch_execute(&format!("SET app.tenant_id = '{other}'"))
                    .await?;
                Ok(())
            }
        }
    }
}

/// Two transactions of a tenant that lock two rows in opposite orders: one is refused.
async fn deadlock(world: &World, n: u128) -> Result<(), Error> {
    let keys = [world.row(n), world.row(n)];
    let mut conn = world.pool.scope(tenant(n)).await?;
    for key in keys {
        world.insert(&mut conn, key).await?;
    }
    drop(conn);
    let barrier = tokio::sync::Barrier::new(2);
    let lock = async |first: i32, second: i32| {
        world
            .pool
            .with_scope(tenant(n), async |conn| {
                touch(conn, first).await?;
                barrier.wait().await;
                touch(conn, second).await?;
                Ok::<_, Error>(())
            })
            .await
    };
    let (one, other) = tokio::join!(lock(keys[0].1, keys[1].1), lock(keys[1].1, keys[0].1));
    let refused = [&one, &other]
        .into_iter()
        .filter(|result| result.is_err())
        .count();
    assert_eq!(refused, 1, "{one:?} {other:?}");
    Ok(())
}

async fn touch(conn: &mut Scoped<Lease>, id: i32) -> QueryResult<usize> {
    update(projects::table.find(id))
        .set(projects::country.eq(None::<String>))
        .execute(conn)
        .await
}

/// Two serializable transactions of a tenant that read what the other writes: one is refused.
async fn serialization_failure(world: &World, n: u128) -> Result<(), Error> {
    let barrier = tokio::sync::Barrier::new(2);
    let write = async |key| -> QueryResult<()> {
        let scope = world.pool.scope(tenant(n)).await;
        let mut conn = scope.map_err(QueryError::from)?;
        let result = conn
            .build_transaction()
            .serializable()
            .run(async |conn| {
                let _: i64 = projects::table.count().get_result(conn).await?;
                barrier.wait().await;
                new_row(key).execute(conn).await?;
                Ok::<_, QueryError>(())
            })
            .await;
        world.note(key, &result);
        result
    };
    let (one, other) = tokio::join!(write(world.row(n)), write(world.row(n)));
    let refused = [one, other]
        .into_iter()
        .filter_map(Result::err)
        .collect::<Vec<_>>();
    assert!(
        matches!(
            refused.as_slice(),
            [QueryError::DatabaseError(
                DatabaseErrorKind::SerializationFailure,
                _
            )]
        ),
        "{refused:?}"
    );
    Ok(())
}

/// Beside a network that is being cut, any statement may fail by that.
fn assert_kind(world: &World, result: &Result<(), Error>, kind: DatabaseErrorKind) {
    match result {
        Err(error) if world.network.was_cut() && error.outcome_is_unknown() => {}
        Err(Error::Query(QueryError::DatabaseError(found, _)))
            if std::mem::discriminant(found) == std::mem::discriminant(&kind) => {}
        other => panic!("{kind:?} was expected, not {other:?}"),
    }
}

/// A value that cannot be built.
#[derive(Debug, FromSqlRow)]
struct Bomb;

impl FromSql<Text, Pg> for Bomb {
    fn from_sql(_: PgValue<'_>) -> deserialize::Result<Self> {
        std::panic::resume_unwind(Box::new("on purpose"))
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

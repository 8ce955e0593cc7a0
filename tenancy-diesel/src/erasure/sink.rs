//! Receipts in a second database.

use std::fmt;

use diesel::OptionalExtension;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Text};
use diesel_async::pooled_connection::bb8::Pool;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tenancy_core::BoxFuture;
use tenancy_core::erasure::receipts::{ReceiptSink, SinkError};

use crate::quote_identifier;

/// Keeps receipts in a table of another database, with backups of its own. Restoring the first one does not take them
/// back.
///
/// Its role may add and read receipts, and neither change nor remove them.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use diesel_async::AsyncPgConnection;
/// use diesel_async::pooled_connection::bb8::Pool;
/// use tenancy_core::erasure::receipts::{Issuer, SigningKey};
/// use tenancy_diesel::erasure::PgReceiptSink;
///
/// # fn example(pool: Pool<AsyncPgConnection>, key: SigningKey) {
/// // Once, as the owner there: `PgReceiptSink::setup_sql("receipts_writer")`.
/// let sink = PgReceiptSink::new(pool, "the archive");
/// let issuer = Issuer::new(key, Arc::new(sink));
/// # }
/// ```
#[derive(Clone)]
pub struct PgReceiptSink {
    pool: Pool<AsyncPgConnection>,
    name: String,
}

type Source = Box<dyn std::error::Error + Send + Sync>;

impl PgReceiptSink {
    /// Receipts in the database of a pool, with a name for messages.
    pub fn new(pool: Pool<AsyncPgConnection>, name: impl Into<String>) -> Self {
        PgReceiptSink {
            pool,
            name: name.into(),
        }
    }

    /// What the owner of the second database runs once: the table, and the privileges of the role that the pool connects
    /// as.
    pub fn setup_sql(role: &str) -> String {
        let role = quote_identifier(role);
        format!(
            "CREATE SCHEMA IF NOT EXISTS tenancy;\n\
             CREATE TABLE tenancy.receipts (\n    \
                 number      int8 PRIMARY KEY CHECK (number > 0),\n    \
                 receipt     text NOT NULL,\n    \
                 recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()\n\
             );\n\
             REVOKE ALL ON tenancy.receipts FROM PUBLIC;\n\
             GRANT USAGE ON SCHEMA tenancy TO {role};\n\
             GRANT SELECT, INSERT (number, receipt) ON tenancy.receipts TO {role};\n"
        )
    }

    fn failed(&self, error: impl Into<Source>) -> SinkError {
        SinkError::Failed {
            sink: self.name.clone(),
            error: error.into(),
        }
    }

    async fn list(&self) -> Result<Vec<u64>, Source> {
        let mut conn = self.pool.get().await?;
        let query = "number FROM tenancy.receipts ORDER BY number";
        let query = diesel::select(diesel::dsl::sql::<BigInt>(query));
        let numbers: Vec<i64> = query.load(&mut *conn).await?;
        numbers
            .into_iter()
            .map(|number| Ok(u64::try_from(number)?))
            .collect()
    }

    async fn get(&self, number: u64) -> Result<Option<Vec<u8>>, Source> {
        let Ok(number) = i64::try_from(number) else {
            return Ok(None);
        };
        let mut conn = self.pool.get().await?;
        let query = "receipt FROM tenancy.receipts WHERE number = ";
        let query = diesel::select(diesel::dsl::sql::<Text>(query).bind::<BigInt, _>(number));
        let found: Option<String> = query.get_result(&mut *conn).await.optional()?;
        Ok(found.map(String::into_bytes))
    }

    async fn put(&self, number: u64, text: &str) -> Result<bool, Source> {
        let number = i64::try_from(number)?;
        let mut conn = self.pool.get().await?;
        let inserted = conn.transaction(async |conn| {
            // It is kept when this says so, whatever the role's default is.
            conn.batch_execute("SET LOCAL synchronous_commit = on")
                .await?;
            diesel::sql_query("INSERT INTO tenancy.receipts (number, receipt) VALUES ($1, $2)")
                .bind::<BigInt, _>(number)
                .bind::<Text, _>(text)
                .execute(conn)
                .await
        });
        match inserted.await {
            Ok(_) => Ok(true),
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl ReceiptSink for PgReceiptSink {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn numbers(&self) -> BoxFuture<'_, Result<Vec<u64>, SinkError>> {
        Box::pin(async { self.list().await.map_err(|error| self.failed(error)) })
    }

    fn read(&self, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SinkError>> {
        Box::pin(async move { self.get(number).await.map_err(|error| self.failed(error)) })
    }

    fn append<'a>(&'a self, number: u64, text: &'a str) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(async move {
            match self.put(number, text).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(SinkError::Taken { number }),
                Err(error) => Err(self.failed(error)),
            }
        })
    }
}

impl fmt::Debug for PgReceiptSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgReceiptSink")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

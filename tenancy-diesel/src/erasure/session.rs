//! The transactions of an erasure: each in the scope of the tenant, short, and READ COMMITTED.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::result::Error as QueryError;
use diesel::sql_types::{Array, BigInt, Nullable, Oid, Text};

use super::error::ErasureError;
use super::link::{Link, Query};
use crate::scoped::Closure;
use crate::timeout::milliseconds;

/// How much an erasure asks of the database at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Rows in a transaction.
    pub(super) batch: u32,
    pub(super) pause: Duration,
    pub(super) statement_timeout: Duration,
    pub(super) lock_timeout: Duration,
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

/// A statement and the values of `$1`, `$2`, ..
#[derive(Debug)]
pub(super) struct Statement {
    sql: String,
    binds: Vec<Bind>,
}

#[derive(Debug)]
enum Bind {
    Text(String),
    Texts(Vec<String>),
    Number(Option<i64>),
    Oids(Vec<u32>),
}

impl Statement {
    pub(super) fn new(sql: impl Into<String>) -> Self {
        Statement {
            sql: sql.into(),
            binds: Vec::new(),
        }
    }

    pub(super) fn text(mut self, value: impl Into<String>) -> Self {
        self.binds.push(Bind::Text(value.into()));
        self
    }

    pub(super) fn texts(mut self, values: Vec<String>) -> Self {
        self.binds.push(Bind::Texts(values));
        self
    }

    pub(super) fn number(mut self, value: Option<i64>) -> Self {
        self.binds.push(Bind::Number(value));
        self
    }

    pub(super) fn oids(mut self, values: Vec<u32>) -> Self {
        self.binds.push(Bind::Oids(values));
        self
    }

    fn into_query(self) -> Query {
        let mut query = diesel::sql_query(self.sql).into_boxed();
        for bind in self.binds {
            query = match bind {
                Bind::Text(value) => query.bind::<Text, _>(value),
                Bind::Texts(values) => query.bind::<Array<Text>, _>(values),
                Bind::Number(value) => query.bind::<Nullable<BigInt>, _>(value),
                Bind::Oids(values) => query.bind::<Array<Oid>, _>(values),
            };
        }
        query
    }
}

/// The scope of the tenant whose data is erased.
pub(super) struct Session<L> {
    link: L,
    limits: Limits,
}

impl<L: Link> Session<L> {
    pub(super) fn new(link: L, limits: Limits) -> Self {
        Session { link, limits }
    }

    /// Opens a transaction. Unless it is finished, the connection counts as cut off.
    pub(super) async fn begin(&mut self, mode: Mode) -> Result<Closure, ErasureError> {
        let closure = self.link.begin().await?;
        let settings = settings(&self.limits, mode);
        match self.link.set(&settings).await {
            Ok(()) => Ok(closure),
            Err(error) => self.finish(closure, Err(error.into())).await,
        }
    }

    /// Commits what succeeded, and rolls back the rest.
    pub(super) async fn finish<R>(
        &mut self,
        closure: Closure,
        result: Result<R, ErasureError>,
    ) -> Result<R, ErasureError> {
        closure.end();
        let end = self.link.end(result.is_ok()).await;
        let value = result?;
        end?;
        Ok(value)
    }

    pub(super) async fn load<T>(&mut self, statement: Statement) -> Result<Vec<T>, ErasureError>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        Ok(self.link.load(statement.into_query()).await?)
    }

    pub(super) async fn one<T>(&mut self, statement: Statement) -> Result<T, ErasureError>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        let rows = self.load(statement).await?;
        rows.into_iter()
            .next()
            .ok_or(ErasureError::UnexpectedAnswer)
    }

    pub(super) async fn execute(&mut self, statement: Statement) -> Result<usize, ErasureError> {
        Ok(self.link.execute(statement.into_query()).await?)
    }

    pub(super) async fn set(&mut self, settings: &str) -> Result<(), ErasureError> {
        Ok(self.link.set(settings).await?)
    }

    /// The throttle.
    pub(super) async fn pause(&mut self) {
        if !self.limits.pause.is_zero() {
            self.link.pause(self.limits.pause).await;
        }
    }
}

/// READ COMMITTED, whatever the role's default is, so that each statement sees what others have committed.
fn settings(limits: &Limits, mode: Mode) -> String {
    // A read counts whole tables.
    let (access, timeout) = match mode {
        Mode::Write => ("READ WRITE", limits.statement_timeout),
        Mode::Read => ("READ ONLY", Duration::ZERO),
    };
    format!(
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, {access};\
         SET LOCAL statement_timeout = {};\
         SET LOCAL lock_timeout = {}",
        milliseconds(timeout),
        milliseconds(limits.lock_timeout),
    )
}

/// Whether the next round may succeed where this error stopped one: somebody held a row, or a row came that
/// points to one that was to be deleted.
pub(super) fn may_pass(error: &ErasureError) -> bool {
    use diesel::result::DatabaseErrorKind as Kind;
    let ErasureError::Database(QueryError::DatabaseError(kind, info)) = error else {
        return matches!(
            error,
            ErasureError::StillReferenced { .. } | ErasureError::ReachesOthers { .. }
        );
    };
    matches!(kind, Kind::SerializationFailure | Kind::ForeignKeyViolation)
        // Diesel has no kinds for them, and the texts are the server's in its own language.
        || info.message().starts_with("canceling statement due to lock timeout")
        || info.message().starts_with("deadlock detected")
}

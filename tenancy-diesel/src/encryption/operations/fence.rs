//! Waiting for the transactions that are open at a moment, without privileges.
//!
//! `pg_stat_activity` hides from an ordinary role when the transactions of other roles began. But
//! `pg_locks` shows every role the lock that each transaction holds on its own virtual id, which is what
//! CREATE INDEX CONCURRENTLY waits for too; and `pg_current_snapshot` tells whether older transactions
//! that have written are still open, prepared ones included. Where a server denies even these, the
//! statement is an error and no key is destroyed.

use super::session::{Session, read};
use super::statement::{Row, Statement};
use super::{Limits, OperationError};

/// The transactions that were open at a moment.
#[derive(Debug)]
pub(super) struct Fence {
    /// The first transaction id that had not been given out.
    next: String,
    open: Vec<String>,
}

/// Of this database, by clients: a vacuum writes no values.
const OPEN: &str = "FROM pg_catalog.pg_locks AS l \
     WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted \
       AND l.pid <> pg_catalog.pg_backend_pid() \
       AND NOT EXISTS (\
           SELECT FROM pg_catalog.pg_stat_activity AS a \
           LEFT JOIN pg_catalog.pg_database AS d ON d.oid = a.datid \
           WHERE a.pid = l.pid AND (a.usesysid IS NULL \
                 OR d.datname IS DISTINCT FROM pg_catalog.current_database()))";

impl Fence {
    pub(super) async fn here<S: Session>(
        session: &mut S,
        limits: &Limits,
    ) -> Result<Self, OperationError> {
        let mut statement = Statement::new();
        statement.sql = format!(
            "SELECT {}",
            Row::list(
                &["pg_catalog.pg_is_in_recovery()::pg_catalog.text".to_owned()],
                &[]
            )
        );
        let rows = read(session, limits, statement).await?;
        let answer = rows
            .into_iter()
            .next()
            .ok_or(OperationError::UnexpectedAnswer)?;
        if answer.into_texts()? != ["false"] {
            return Err(OperationError::Standby);
        }
        let mut statement = Statement::new();
        statement.sql = format!(
            "SELECT ARRAY[pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text] \
                    || ARRAY(SELECT l.virtualtransaction {OPEN}) AS texts, \
                    ARRAY[]::pg_catalog.bytea[] AS bytes"
        );
        let rows = read(session, limits, statement).await?;
        let answer = rows
            .into_iter()
            .next()
            .ok_or(OperationError::UnexpectedAnswer)?;
        let mut texts = answer.into_texts()?.into_iter();
        let next = texts.next().ok_or(OperationError::UnexpectedAnswer)?;
        Ok(Fence {
            next,
            open: texts.collect(),
        })
    }

    /// How many of the transactions are still open, at least: those that have prepared to commit show
    /// as one.
    pub(super) async fn still_open<S: Session>(
        &self,
        session: &mut S,
        limits: &Limits,
    ) -> Result<u64, OperationError> {
        let mut statement = Statement::new();
        let open = statement.texts(self.open.clone());
        let next = statement.text(self.next.as_str());
        statement.sql = format!(
            "SELECT {}",
            Row::list(
                &[format!(
                    "GREATEST((SELECT pg_catalog.count(*) {OPEN} AND l.virtualtransaction = ANY ({open})), \
                     (pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) \
                         < {next}::pg_catalog.xid8)::pg_catalog.int4)::pg_catalog.text"
                )],
                &[],
            )
        );
        let rows = read(session, limits, statement).await?;
        let answer = rows
            .into_iter()
            .next()
            .ok_or(OperationError::UnexpectedAnswer)?;
        let texts = answer.into_texts()?;
        let count = texts.first().and_then(|count| count.parse().ok());
        count.ok_or(OperationError::UnexpectedAnswer)
    }
}

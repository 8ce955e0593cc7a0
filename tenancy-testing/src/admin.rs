//! The administrator's connections to a server.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::HarnessError;
use crate::url::PgUrl;

/// How many connections are kept for the next statement.
const IDLE: usize = 4;

/// Runs single statements, each on its own, from any thread.
///
/// Creating and dropping a database cannot be done within a transaction, and
/// opening a connection takes about as long as either; hence the small pool.
pub(crate) struct Admin {
    url: PgUrl,
    idle: Mutex<Vec<PgConnection>>,
}

impl Admin {
    pub(crate) fn new(url: PgUrl) -> Self {
        Self {
            url,
            idle: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn url(&self) -> &PgUrl {
        &self.url
    }

    pub(crate) fn version(&self) -> Result<i32, HarnessError> {
        self.with("ask for the server's version", |connection| {
            diesel::select(sql::<Integer>(
                "current_setting('server_version_num')::integer",
            ))
            .get_result(connection)
        })
    }

    pub(crate) fn execute(&self, statement: &str, action: &str) -> Result<(), HarnessError> {
        self.with(action, |connection| {
            diesel::sql_query(statement).execute(connection).map(drop)
        })
    }

    /// Runs several statements, all or none of them.
    pub(crate) fn execute_all(&self, statements: &str, action: &str) -> Result<(), HarnessError> {
        self.with(action, |connection| connection.batch_execute(statements))
    }

    pub(crate) fn with<T>(
        &self,
        action: &str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, HarnessError> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(&self.url)?,
        };
        let done = work(&mut connection).map_err(HarnessError::query(action))?;
        // After an error the connection may be broken, and is not kept.
        let mut idle = self.idle();
        if idle.len() < IDLE {
            idle.push(connection);
        }
        Ok(done)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<PgConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

pub(crate) fn connect(url: &PgUrl) -> Result<PgConnection, HarnessError> {
    PgConnection::establish(&url.to_string()).map_err(|source| HarnessError::Connect { source })
}

/// A name as SQL, whatever its characters.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

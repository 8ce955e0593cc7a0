//! A second server that follows the first one by streaming replication.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::admin::Admin;
use crate::cluster::Cluster;
use crate::environment::Environment;
use crate::url::PgUrl;
use crate::{HarnessError, PgServer};

/// How long a standby may take to follow, on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(60);

/// A hot standby of a private [`PgServer`]: it answers queries and takes no writes.
///
/// It has every database of the server, those that were made before and those that are made later. It ends with
/// this handle, as a server does.
///
/// ```
/// use diesel::connection::SimpleConnection;
/// use diesel::prelude::*;
/// use tenancy_testing::{PgServer, Standby};
///
/// let server = PgServer::shared()?;
/// let standby = Standby::of(&server)?;
/// let mut primary = PgConnection::establish(&server.admin_url())?;
/// primary.batch_execute("CREATE TABLE seen (); DROP TABLE seen")?;
/// standby.catch_up()?;
///
/// let mut replica = PgConnection::establish(&standby.url("postgres", "postgres"))?;
/// assert!(replica.batch_execute("CREATE TABLE refused ()").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Standby {
    primary: Admin,
    admin: Admin,
    // Dropped after our own connections.
    _cluster: Cluster,
}

impl Standby {
    /// Copies the server as it is, and has the copy follow it.
    ///
    /// # Errors
    /// [`HarnessError::Standby`] for the server in `TENANCY_TEST_DATABASE_URL`, whose files are elsewhere, and when
    /// `pg_basebackup` fails; otherwise those of [`PgServer::start`].
    pub fn of(server: &PgServer) -> Result<Self, HarnessError> {
        if server.is_external() {
            return Err(HarnessError::Standby {
                reason: "it is made of a private server; unset TENANCY_TEST_DATABASE_URL".into(),
            });
        }
        let primary = server.admin.url().clone();
        let cluster = Cluster::standby_of(&Environment::of_this_process(), &primary)?;
        Ok(Standby {
            primary: Admin::new(primary),
            admin: Admin::new(cluster.url().clone()),
            _cluster: cluster,
        })
    }

    /// The URL with which `user` connects to `database` on the standby.
    #[must_use]
    pub fn url(&self, database: &str, user: &str) -> String {
        let url: PgUrl = self.admin.url().with_database(database);
        url.with_login(user, None).to_string()
    }

    /// Waits until the standby shows all that is committed on the primary server now.
    ///
    /// # Errors
    /// [`HarnessError::Standby`] when it does not within a minute, because its replay is
    /// [paused](Self::pause_replay), for example; [`HarnessError::Query`].
    pub fn catch_up(&self) -> Result<(), HarnessError> {
        let committed: String = self.primary.with("find the end of the log", |primary| {
            // A commit that is waited for takes those before it along, which the private server writes later.
            primary.batch_execute(
                "BEGIN; SET LOCAL synchronous_commit = local;
                 SELECT pg_catalog.pg_logical_emit_message(true, 'tenancy', ''); COMMIT",
            )?;
            let position = "pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text";
            diesel::select(sql::<Text>(position)).get_result(primary)
        })?;
        let deadline = Instant::now() + DEADLINE;
        loop {
            let replayed = self.admin.with("find how far the standby is", |standby| {
                let replayed = sql::<Bool>("pg_catalog.pg_last_wal_replay_lsn() >= ")
                    .bind::<Text, _>(&committed)
                    .sql("::pg_catalog.pg_lsn");
                diesel::select(replayed).get_result::<bool>(standby)
            })?;
            if replayed {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(HarnessError::Standby {
                    reason: "it did not catch up within a minute".into(),
                });
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Has the standby receive changes and not show them, as one does that lags behind.
    ///
    /// # Errors
    /// [`HarnessError::Query`].
    pub fn pause_replay(&self) -> Result<(), HarnessError> {
        let action = "pause the replay";
        self.admin
            .execute("SELECT pg_catalog.pg_wal_replay_pause()", action)?;
        // What it has begun to replay, it finishes.
        let paused = "pg_catalog.pg_get_wal_replay_pause_state() = 'paused'";
        let deadline = Instant::now() + DEADLINE;
        while !self.admin.with(action, |standby| {
            diesel::select(sql::<Bool>(paused)).get_result::<bool>(standby)
        })? {
            if Instant::now() > deadline {
                return Err(HarnessError::Standby {
                    reason: "its replay did not pause within a minute".into(),
                });
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Ends [`pause_replay`](Self::pause_replay).
    ///
    /// # Errors
    /// [`HarnessError::Query`].
    pub fn resume_replay(&self) -> Result<(), HarnessError> {
        let resume = "SELECT pg_catalog.pg_wal_replay_resume()";
        self.admin.execute(resume, "resume the replay")
    }
}

impl fmt::Debug for Standby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standby")
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}

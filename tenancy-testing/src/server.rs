//! The server that tests run against.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use tenancy_diesel::{PolicyOptions, bootstrap_sql};

use crate::HarnessError;
use crate::admin::{Admin, quoted};
use crate::cluster::Cluster;
use crate::environment::Environment;
use crate::external::Sweeper;
use crate::locate;
use crate::prefix::{random_password, random_prefix};
use crate::template::Slot;
use crate::url::PgUrl;

/// PostgreSQL 13 brought `DROP DATABASE .. WITH (FORCE)`.
const OLDEST_VERSION: i32 = 130_000;

/// A PostgreSQL server for tests and examples.
///
/// It is a private, temporary one that ends with this handle, unless
/// `TENANCY_TEST_DATABASE_URL` names a running server. In both cases every
/// database and role carries the random [`prefix`](Self::prefix) of the handle,
/// and nothing of it stays behind, however the process ends.
///
/// All functions block the calling thread. They can be called from
/// asynchronous code, where they block the task's thread for as long.
///
/// # Examples
///
/// ```
/// use tenancy_testing::PgServer;
///
/// # fn main() -> Result<(), tenancy_testing::HarnessError> {
/// let server = PgServer::shared()?;
/// let app = server.create_login_role("app")?;
/// assert_eq!(app, format!("{}_app", server.prefix()));
/// # Ok(())
/// # }
/// ```
pub struct PgServer {
    prefix: String,
    version: i32,
    roles: Mutex<HashMap<String, Option<String>>>,
    pub(crate) templates: Mutex<HashMap<String, Arc<Slot>>>,
    serial: AtomicU32,
    // Fields are dropped in this order: our own connections are closed before
    // the server is stopped or swept.
    pub(crate) admin: Admin,
    backing: Backing,
}

/// What has to end with the handle.
#[derive(Debug)]
enum Backing {
    Private(#[expect(dead_code, reason = "kept for its destructor")] Cluster),
    External(#[expect(dead_code, reason = "kept for its destructor")] Sweeper),
}

impl PgServer {
    /// The one server of this process, started at the first call.
    ///
    /// It stays up until the process ends. A failed start is tried again at
    /// the next call.
    ///
    /// # Errors
    ///
    /// See [`start`](Self::start).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tenancy_testing::PgServer;
    ///
    /// # fn main() -> Result<(), tenancy_testing::HarnessError> {
    /// assert!(Arc::ptr_eq(&PgServer::shared()?, &PgServer::shared()?));
    /// # Ok(())
    /// # }
    /// ```
    pub fn shared() -> Result<Arc<Self>, HarnessError> {
        static SHARED: Mutex<Option<Arc<PgServer>>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = &*shared {
            return Ok(Arc::clone(server));
        }
        let server = Self::start()?;
        *shared = Some(Arc::clone(&server));
        Ok(server)
    }

    /// Starts a server of its own, which ends when the last `Arc` is dropped.
    ///
    /// With `TENANCY_TEST_DATABASE_URL` set nothing is started: the handle then
    /// stands for that server, and its end removes what it created there.
    ///
    /// # Errors
    ///
    /// Every variant of [`HarnessError`] that is about finding, starting or
    /// reaching a server. [`HarnessError::NoServer`] says what was searched and
    /// what to install.
    pub fn start() -> Result<Arc<Self>, HarnessError> {
        Self::start_with(&[])
    }

    /// Starts a server of its own with more settings, such as
    /// `shared_preload_libraries=pg_stat_statements`. A server that runs already,
    /// that of `TENANCY_TEST_DATABASE_URL`, keeps its own.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); [`HarnessError::Start`] with the end of the
    /// server's log when it refuses a setting.
    pub fn start_with(settings: &[&str]) -> Result<Arc<Self>, HarnessError> {
        Self::start_in(&Environment::of_this_process(), settings)
    }

    pub(crate) fn start_in(
        environment: &Environment,
        settings: &[&str],
    ) -> Result<Arc<Self>, HarnessError> {
        let prefix = random_prefix();
        let (admin, backing) = match &environment.database_url {
            Some(url) => {
                let admin = Admin::new(PgUrl::parse(url)?);
                let sweeper = Sweeper::start(environment, &admin, &prefix)?;
                (admin, Backing::External(sweeper))
            }
            None => {
                let cluster = Cluster::start(environment, settings)?;
                (Admin::new(cluster.url().clone()), Backing::Private(cluster))
            }
        };
        let version = admin.version()?;
        if version < OLDEST_VERSION {
            return Err(HarnessError::TooOld { version });
        }
        Ok(Arc::new(Self {
            prefix,
            version,
            roles: Mutex::default(),
            templates: Mutex::default(),
            serial: AtomicU32::new(1),
            admin,
            backing,
        }))
    }

    /// What the names of this server's databases and roles begin with, such as
    /// `tn_k3f9x2q0`.
    ///
    /// It is random, so that processes can share a server.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The name of a role on this server: the prefix, an underscore and `name`.
    ///
    /// A role that a setup creates under such a name is removed with the others.
    #[must_use]
    pub fn role_name(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }

    /// Where a program of PostgreSQL's client is on this machine, such as `pg_dump`.
    ///
    /// # Errors
    ///
    /// [`HarnessError::NoClient`] says where it was searched and what to install.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_testing::PgServer;
    ///
    /// # fn main() -> Result<(), tenancy_testing::HarnessError> {
    /// let dump = PgServer::client_program("pg_dump")?;
    /// assert!(dump.ends_with("pg_dump"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn client_program(name: &str) -> Result<PathBuf, HarnessError> {
        locate::client(&Environment::of_this_process(), name)
    }

    /// The server's version as a number, such as `150018` for 15.18.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.version
    }

    /// The URL of the administrator, for the maintenance database.
    ///
    /// On a private server that is the superuser `postgres`.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.admin.url().to_string()
    }

    /// The URL with which `user` connects to `database`.
    ///
    /// It has a password if the server needs one and `user` is the
    /// administrator or comes from [`create_login_role`](Self::create_login_role).
    #[must_use]
    pub fn url(&self, database: &str, user: &str) -> String {
        let url = self.admin.url().with_database(database);
        if user == url.user() {
            return url.to_string();
        }
        let password = self.roles().get(user).cloned().flatten();
        url.with_login(user, password).to_string()
    }

    /// The TCP address of the server, for a [`WireProxy`](crate::proxy::WireProxy).
    ///
    /// # Errors
    ///
    /// [`HarnessError::Io`] if the URL in `TENANCY_TEST_DATABASE_URL` names a
    /// socket file, or a host that has no address.
    pub fn socket_addr(&self) -> Result<SocketAddr, HarnessError> {
        self.admin
            .url()
            .socket_addr()
            .map_err(HarnessError::io("find the address of the server"))
    }

    /// Creates a plain role that can log in, once, and returns its full name.
    ///
    /// Roles belong to the whole server and not to one database. Any number of
    /// setups can therefore ask for the same role; the first call creates it.
    /// It has none of the attributes that would exempt it from row-level
    /// security or let it create other roles.
    ///
    /// # Errors
    ///
    /// [`HarnessError::Connect`] or [`HarnessError::Query`] if the server did
    /// not create it.
    pub fn create_login_role(&self, name: &str) -> Result<String, HarnessError> {
        let role = self.role_name(name);
        // Held until the role exists, so that a second caller can use it.
        let mut roles = self.roles();
        if roles.contains_key(&role) {
            return Ok(role);
        }
        let password = self.is_external().then(random_password);
        let clause = password
            .as_ref()
            .map(|password| format!(" PASSWORD '{password}'"));
        let statement = create_role(&role, &clause.unwrap_or_default());
        self.admin
            .execute(&statement, &format!("create the role {role}"))?;
        self.become_member(&role)?;
        roles.insert(role.clone(), password);
        Ok(role)
    }

    /// Creates a role with exactly this name, for migrations that name it.
    ///
    /// It is as plain as one of [`create_login_role`](Self::create_login_role).
    pub(crate) fn create_fixed_role(&self, role: &str) -> Result<(), HarnessError> {
        self.refuse_fixed(role)?;
        let mut roles = self.roles();
        if roles.contains_key(role) {
            return Ok(());
        }
        let action = format!("create the role {role}");
        let exists = self.admin.with(&action, |connection| {
            let known = "EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ";
            diesel::select(sql::<Bool>(known).bind::<Text, _>(role).sql(")"))
                .get_result::<bool>(connection)
        })?;
        if !exists {
            self.admin.execute(&create_role(role, ""), &action)?;
        }
        roles.insert(role.to_owned(), None);
        Ok(())
    }

    /// Runs the script that creates roles, one setup at a time: roles belong to all databases.
    pub(crate) fn bootstrap(
        &self,
        connection: &mut PgConnection,
        options: &PolicyOptions,
    ) -> Result<(), HarnessError> {
        for role in options.roles() {
            self.refuse_fixed(role)?;
        }
        let _one_at_a_time = self.roles();
        connection
            .batch_execute(&bootstrap_sql(options))
            .map_err(HarnessError::query("create the roles of the policies"))
    }

    /// On a server that others use, only roles under the prefix are ours.
    fn refuse_fixed(&self, role: &str) -> Result<(), HarnessError> {
        if self.is_external() && !role.starts_with(&self.role_name("")) {
            return Err(HarnessError::FixedRole {
                role: role.to_owned(),
            });
        }
        Ok(())
    }

    /// A name for the next database.
    pub(crate) fn next_name(&self, kind: &str) -> String {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        format!("{}_{kind}{serial}", self.prefix)
    }

    /// Drops a database together with its connections.
    pub(crate) fn drop_database(&self, name: &str) -> Result<(), HarnessError> {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        self.admin
            .execute(&statement, &format!("drop the database {name}"))
    }

    /// Lets an administrator who is no superuser end the role's sessions and
    /// give tables to it, both of which take a membership.
    fn become_member(&self, role: &str) -> Result<(), HarnessError> {
        let action = format!("become a member of the role {role}");
        let superuser = self.admin.with(&action, |connection| {
            let own = "(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)";
            diesel::select(sql::<Bool>(own)).get_result::<bool>(connection)
        })?;
        if superuser {
            return Ok(());
        }
        self.admin
            .execute(&format!("GRANT {} TO CURRENT_USER", quoted(role)), &action)
    }

    pub(crate) fn is_external(&self) -> bool {
        matches!(self.backing, Backing::External(_))
    }

    fn roles(&self) -> MutexGuard<'_, HashMap<String, Option<String>>> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn create_role(role: &str, password: &str) -> String {
    format!(
        "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION{password}",
        quoted(role),
    )
}

impl fmt::Debug for PgServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgServer")
            .field("prefix", &self.prefix)
            .field("version", &self.version)
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}

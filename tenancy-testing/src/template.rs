//! Databases that are set up once and copied for each test.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::admin::{connect, quoted};
use crate::settings::DatabaseSettings;
use crate::{HarnessError, PgServer};

/// How long sessions of a setup may take to end.
const CLOSE_DEADLINE: Duration = Duration::from_secs(10);

/// The name of a template's database once it is complete. Whoever holds the
/// lock is building it.
pub(crate) type Slot = Mutex<Option<Built>>;

/// A template that is complete.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    name: String,
    settings: DatabaseSettings,
}

impl PgServer {
    /// The template database for `key`, built by `setup` at the first call.
    ///
    /// `setup` gets the administrator's connection to a new, empty database.
    /// It runs once for each server and key: threads that ask for a key whose
    /// template is being built wait for it. After it has failed, the next call
    /// runs its own `setup`.
    ///
    /// Roles belong to the whole server; a setup gets them from
    /// [`create_login_role`](Self::create_login_role). Privileges and settings
    /// of the *database* itself (`GRANT .. ON DATABASE`, `ALTER DATABASE ..
    /// SET`) are given to each copy as well.
    ///
    /// # Errors
    ///
    /// [`HarnessError::Setup`] with the error of `setup`, or
    /// [`HarnessError::Connect`], [`HarnessError::Query`] and
    /// [`HarnessError::TemplateInUse`] if the server does not do its part.
    ///
    /// # Examples
    ///
    /// ```
    /// use diesel::connection::SimpleConnection;
    /// use tenancy_testing::PgServer;
    ///
    /// # fn main() -> Result<(), tenancy_testing::HarnessError> {
    /// let server = PgServer::shared()?;
    /// let template = server.template("notes", |conn| {
    ///     conn.batch_execute("CREATE TABLE notes (id integer PRIMARY KEY)")
    /// })?;
    /// let database = template.create()?;
    /// assert!(database.name().starts_with(server.prefix()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn template<E>(
        self: &Arc<Self>,
        key: &str,
        setup: impl FnOnce(&mut PgConnection) -> Result<(), E>,
    ) -> Result<Template, HarnessError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let slot = {
            let mut templates = self
                .templates
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(templates.entry(key.to_owned()).or_default())
        };
        let mut built = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let built = match &*built {
            Some(built) => built.clone(),
            None => built
                .insert(self.build(key, |conn, _| setup(conn))?)
                .clone(),
        };
        Ok(self.finished(built))
    }

    /// A template that nobody else asks for. The setup gets the name of the database too.
    pub(crate) fn unshared_template<E>(
        self: &Arc<Self>,
        key: &str,
        setup: impl FnOnce(&mut PgConnection, &str) -> Result<(), E>,
    ) -> Result<Template, HarnessError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let built = self.build(key, setup)?;
        Ok(self.finished(built))
    }

    fn finished(self: &Arc<Self>, built: Built) -> Template {
        Template {
            server: Arc::clone(self),
            built,
        }
    }

    fn build<E>(
        self: &Arc<Self>,
        key: &str,
        setup: impl FnOnce(&mut PgConnection, &str) -> Result<(), E>,
    ) -> Result<Built, HarnessError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let name = self.next_name("template");
        let action = format!("create the template `{key}`");
        // Not the default template1, to which an administrator may have added things.
        self.admin.execute(
            &format!("CREATE DATABASE {} TEMPLATE template0", quoted(&name)),
            &action,
        )?;
        let unfinished = Disposable {
            server: self,
            name: &name,
        };

        let mut connection = connect(&self.admin.url().with_database(&name))?;
        setup(&mut connection, &name).map_err(|error| HarnessError::Setup {
            key: key.to_owned(),
            source: error.into(),
        })?;
        drop(connection);

        // The server copies a database only while nobody is connected to it.
        self.admin.execute(
            &format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", quoted(&name)),
            &action,
        )?;
        self.await_no_sessions(&name, key)?;
        let settings = DatabaseSettings::of(&self.admin, &name)?;
        unfinished.keep();
        Ok(Built { name, settings })
    }

    /// Ends the sessions in a database and waits until they are gone.
    ///
    /// A session lives on for a moment after its client has left, and a copy
    /// that meets it would wait in steps of a tenth of a second.
    fn await_no_sessions(&self, database: &str, key: &str) -> Result<(), HarnessError> {
        let deadline = Instant::now() + CLOSE_DEADLINE;
        loop {
            let remaining = self.admin.with("close a template", |connection| {
                diesel::select(
                    sql::<BigInt>(
                        "(SELECT count(pg_terminate_backend(pid)) \
                         FROM pg_catalog.pg_stat_activity WHERE datname = ",
                    )
                    .bind::<Text, _>(database)
                    .sql(")"),
                )
                .get_result::<i64>(connection)
            })?;
            if remaining == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(HarnessError::TemplateInUse {
                    key: key.to_owned(),
                });
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// A database that was set up completely and is only ever copied.
///
/// Made by [`PgServer::template`]; cheap to clone.
#[derive(Clone)]
pub struct Template {
    server: Arc<PgServer>,
    built: Built,
}

impl Template {
    /// Copies the template into a database of its own.
    ///
    /// # Errors
    ///
    /// [`HarnessError::Connect`] or [`HarnessError::Query`] if the server did
    /// not create it.
    pub fn create(&self) -> Result<TestDatabase, HarnessError> {
        let name = self.server.next_name("db");
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}{}",
            quoted(&name),
            quoted(&self.built.name),
            strategy(self.server.version()),
        );
        self.server.admin.execute(
            &statement,
            &format!("copy a template to the database {name}"),
        )?;
        // From here on it is dropped with the value.
        let database = TestDatabase {
            server: Arc::clone(&self.server),
            name,
        };
        let settings = &self.built.settings;
        settings.apply(&self.server.admin, &database.name)?;
        Ok(database)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("name", &self.built.name)
            .finish_non_exhaustive()
    }
}

/// How the server copies the files, where it can be told.
fn strategy(version: i32) -> &'static str {
    if version >= 150_000 {
        " STRATEGY file_copy"
    } else {
        ""
    }
}

/// A database of one test, dropped with this value.
///
/// Made by [`Template::create`]. Connections that are still open when the value
/// is dropped are ended by the server.
pub struct TestDatabase {
    server: Arc<PgServer>,
    name: String,
}

impl TestDatabase {
    /// The name of the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL with which the administrator connects to the database.
    #[must_use]
    pub fn url(&self) -> String {
        self.server
            .admin
            .url()
            .with_database(&self.name)
            .to_string()
    }

    /// The URL with which a role connects to the database.
    ///
    /// `role` is a full name, as [`PgServer::create_login_role`] returns it.
    #[must_use]
    pub fn url_as(&self, role: &str) -> String {
        self.server.url(&self.name, role)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // On failure the database goes with the server, or with the other
        // things of this process on it.
        let _ = self.server.drop_database(&self.name);
    }
}

impl fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDatabase")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A database that is dropped unless it is kept, also when a setup panics.
struct Disposable<'a> {
    server: &'a PgServer,
    name: &'a str,
}

impl Disposable<'_> {
    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Disposable<'_> {
    fn drop(&mut self) {
        let _ = self.server.drop_database(self.name);
    }
}

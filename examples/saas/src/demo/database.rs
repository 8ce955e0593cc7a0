use std::env;
use std::future::pending;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_core::files::TenantFiles;
use tenancy_core::files::object_store::memory::InMemory;
use tenancy_diesel::bootstrap_sql;
use tenancy_diesel::encryption::{FixedKey, RootId, RootKey};
use tenancy_testing::{HarnessError, PgServer, TestDatabase};

use super::seed;
use crate::audit::Auditor;
use crate::policies::{self, APP_ROLE, ERASER_ROLE, KEYS_ROLE, MIGRATOR, WORKER_ROLE};
use crate::{App, BoxError, Parts, Settings, database, report};

/// A server of its own, which ends with this value.
#[derive(Debug)]
pub struct Database {
    // Dropped before its server.
    database: TestDatabase,
    _server: Arc<PgServer>,
}

impl Database {
    /// The URL of a superuser, who sees the rows of all organisations: the truth, for tests.
    pub fn superuser_url(&self) -> String {
        self.database.url()
    }

    /// The URL of the application's role.
    pub fn app_url(&self) -> String {
        self.database.url_as(APP_ROLE)
    }
}

/// Starts a server, migrates a database on it, and fills it with the organisations of the demonstration.
///
/// # Errors
/// When there is no PostgreSQL on this machine, or something is wrong with the application.
pub async fn start() -> Result<(App, Database), BoxError> {
    let database = tokio::task::spawn_blocking(create).await??;
    // For this demonstration only: nobody else knows this root key, so all that is encrypted is lost when the program
    // ends. Yours comes from a file or from the environment, by `FileKey` or `EnvironmentKey`.
    let root = FixedKey::new(RootId::literal("demo"), RootKey::generate()?);
    let copies = ["the folder of this temporary server, until the program ends"];
    let keyring = database::keyring(&database.database.url_as(KEYS_ROLE), root, &copies).await?;
    let pool = database::pool(&database.app_url(), &keyring).await?;
    let queue = database::queue(&database.database.url_as(WORKER_ROLE)).await?;
    let worker = report::worker(pool.clone(), queue.clone(), pending()).await?;
    let parts = Parts {
        auditor: Auditor::new(database.app_url()),
        // In memory, because nothing is to be left. Yours are on a disk or in a bucket.
        files: TenantFiles::new(Arc::new(InMemory::new())).encrypted(),
        eraser_url: database.database.url_as(ERASER_ROLE),
        pool,
        queue,
        keyring,
    };
    let app = App::new(Settings::default(), parts)?;
    seed::run(&app).await?;
    // It ends with the runtime. A program that is to finish its jobs first gives it a signal instead.
    tokio::spawn(worker);
    Ok((app, database))
}

fn create() -> Result<Database, BoxError> {
    // The migrations name the roles that their policies are for, and roles belong to a whole server. On a server that
    // others use, they could be somebody else's.
    if env::var_os("TENANCY_TEST_DATABASE_URL").is_some_and(|url| !url.is_empty()) {
        return Err(format!(
            "this example creates the role `{APP_ROLE}`, which a server of yours should not get from an example; \
             unset TENANCY_TEST_DATABASE_URL, and it starts a private server from the PostgreSQL that is installed"
        )
        .into());
    }
    let server = PgServer::start()?;
    let database = server
        .template("empty", |_| Ok::<_, HarnessError>(()))?
        .create()?;
    // A superuser runs this script once, by hand, after reading it.
    let mut superuser = PgConnection::establish(&database.url())?;
    superuser.batch_execute(&bootstrap_sql(&policies::options()))?;
    superuser.batch_execute(&policies::worker_sql())?;
    database::migrate(&mut PgConnection::establish(&database.url_as(MIGRATOR))?)?;
    Ok(Database {
        database,
        _server: server,
    })
}

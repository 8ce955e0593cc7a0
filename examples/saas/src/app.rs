//! What all requests share, and the routes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tenancy_axum::{Limit, PathParam, TenantLayer};
use tenancy_core::files::TenantFiles;
use tenancy_diesel::encryption::Keyring;
use tenancy_diesel::jobs::Queue;

use crate::accounts::Passwords;
use crate::audit::Auditor;
use crate::cache::{self, Cache};
use crate::erasure::Eraser;
use crate::schema::TenantPool;
use crate::{BoxError, pages, web};

/// A request is at most this long. Files are part of one.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// What differs from one deployment to another.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// Whether the site is reached by HTTPS. Cookies are then sent over HTTPS alone.
    pub https: bool,
}

/// The application. Cloning shares it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    settings: Settings,
    pool: TenantPool,
    keyring: Keyring,
    passwords: Passwords,
    auditor: Auditor,
    files: Arc<TenantFiles>,
    cache: Arc<Cache>,
    eraser: Eraser,
}

/// What the application works with.
#[derive(Debug)]
pub struct Parts {
    /// The scopes of the organisations.
    pub pool: TenantPool,
    /// The keys of the organisations.
    pub keyring: Keyring,
    /// Where the contents of files are. They are to be encrypted.
    pub files: TenantFiles,
    /// The queue of background jobs.
    pub queue: Queue,
    /// Who looks at the database.
    pub auditor: Auditor,
    /// The URL of the role that erases organisations.
    pub eraser_url: String,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the operating system has no random numbers.
    pub fn new(settings: Settings, parts: Parts) -> Result<Self, BoxError> {
        let files = Arc::new(parts.files);
        let cache = Arc::new(cache::new()?);
        let eraser = Eraser {
            url: parts.eraser_url,
            keyring: parts.keyring.clone(),
            files: Arc::clone(&files),
            cache: Arc::clone(&cache),
            queue: Arc::new(parts.queue),
        };
        Ok(App(Arc::new(Shared {
            settings,
            pool: parts.pool,
            keyring: parts.keyring,
            passwords: Passwords::new(2).map_err(|error| error.to_string())?,
            auditor: parts.auditor,
            files,
            cache,
            eraser,
        })))
    }

    /// The scopes of the organisations.
    pub fn pool(&self) -> &TenantPool {
        &self.0.pool
    }

    /// The keys of the organisations.
    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// What hashes and compares passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn files(&self) -> &TenantFiles {
        &self.0.files
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    pub(crate) fn eraser(&self) -> &Eraser {
        &self.0.eraser
    }

    pub(crate) fn audit(&self) -> &Auditor {
        &self.0.auditor
    }

    pub(crate) fn secure_cookies(&self) -> bool {
        self.0.settings.https
    }

    /// The whole site.
    pub fn router(&self) -> Router {
        let directory = web::Directory::new(self.pool().clone());
        // One organisation cannot take all connections of the pool.
        let limit = Limit::of(6).patience(Duration::from_secs(2));
        let tenants = TenantLayer::new(self.pool().clone(), PathParam::named("org"), directory)
            .limit(limit)
            .statement_timeout(Duration::from_secs(10));
        pages::of_organisations()
            .route_layer(tenants)
            .route_layer(from_fn_with_state(self.clone(), web::after_commit))
            // Routes from here on have no tenant.
            .merge(pages::of_everybody())
            .fallback(pages::nothing_here)
            .layer(from_fn_with_state(self.clone(), web::load_session))
            .layer(from_fn(web::same_origin))
            .layer(from_fn(web::error_pages))
            .layer(from_fn(web::security_headers))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(self.clone())
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

//! The layer: finds the tenant of a request, and ends its transaction.

mod admit;
mod service;

pub use service::TenantService;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use crate::limit::Limiter;
use crate::pool::Pool;
use crate::{Limit, ResolveTenant, TenantDirectory};

/// Gives requests their tenant and their transaction.
///
/// In this order: the source finds the name, or the answer is 401; the directory finds the tenant, or the answer is
/// 404; its [`Limit`] lets it in; the handler runs, with [`Tenant`](crate::Tenant) and [`Tx`](crate::Tx) to be
/// extracted and [`CurrentTenant`](tenancy_diesel::CurrentTenant) entered; the transaction is committed or rolled
/// back; the response is sent. A request that is refused takes no connection, but for what the directory does.
///
/// Responses that say nothing about caching get `Cache-Control: no-store`: the tenant may be in a header or a token
/// that a cache does not look at.
///
/// It goes on with `route_layer`, so that it runs for routes that exist, and knows their parameters. What tells who the
/// user is goes on after it, around it.
///
/// ```
/// # mod example {
/// # include!("../doc/setup.rs");
/// # async fn names() {}
/// # async fn sign_in() {}
/// # fn routes(pool: schema::TenantPool, directory: impl TenantDirectory<Id = OrgId>) -> Router {
/// let tenants = TenantLayer::new(pool, PathParam::named("org"), directory)
///     .limit(Limit::of(8))
///     .read_only_safe_methods();
///
/// Router::new()
///     .route("/o/{org}/projects", get(names))
///     .route_layer(tenants)
///     // Routes that come later have no tenant.
///     .route("/sign-in", get(sign_in))
/// # }
/// # }
/// ```
pub struct TenantLayer<P: Pool, R, D> {
    settings: Settings<P, R, D>,
}

pub(crate) struct Settings<P: Pool, R, D> {
    pool: P,
    source: Arc<R>,
    directory: Arc<D>,
    limiter: Option<Arc<Limiter<P::Id>>>,
    read_only_safe_methods: bool,
    statement_timeout: Option<Duration>,
}

impl<P, R, D> TenantLayer<P, R, D>
where
    P: Pool,
    R: ResolveTenant,
    D: TenantDirectory<Id = P::Id>,
{
    /// Takes transactions from this pool, names from this source, tenants from this directory.
    pub fn new(pool: P, source: R, directory: D) -> Self {
        let settings = Settings {
            pool,
            source: Arc::new(source),
            directory: Arc::new(directory),
            limiter: None,
            read_only_safe_methods: false,
            statement_timeout: None,
        };
        TenantLayer { settings }
    }

    /// Limits how many requests of one tenant are under way. Clones of the layer, and the routes that it is on, count
    /// together.
    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.settings.limiter = Some(Arc::new(Limiter::new(limit)));
        self
    }

    /// Lets PostgreSQL cancel each statement of a request that takes longer, see
    /// [`Scoped::statement_timeout`](tenancy_diesel::Scoped::statement_timeout).
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.settings.statement_timeout = Some(timeout);
        self
    }

    /// Runs GET, HEAD, OPTIONS and TRACE in transactions that are READ ONLY: what a link can do changes nothing.
    #[must_use]
    pub fn read_only_safe_methods(mut self) -> Self {
        self.settings.read_only_safe_methods = true;
        self
    }
}

impl<P: Pool, R, D> Clone for TenantLayer<P, R, D> {
    fn clone(&self) -> Self {
        let settings = self.settings.clone();
        TenantLayer { settings }
    }
}

impl<P: Pool, R, D> Clone for Settings<P, R, D> {
    fn clone(&self) -> Self {
        Settings {
            pool: self.pool.clone(),
            source: Arc::clone(&self.source),
            directory: Arc::clone(&self.directory),
            limiter: self.limiter.clone(),
            ..*self
        }
    }
}

impl<P: Pool, R, D, S> Layer<S> for TenantLayer<P, R, D> {
    type Service = TenantService<P, R, D, S>;

    fn layer(&self, inner: S) -> Self::Service {
        TenantService::new(self.settings.clone(), inner)
    }
}

impl<P: Pool, R, D> fmt::Debug for TenantLayer<P, R, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantLayer").finish_non_exhaustive()
    }
}

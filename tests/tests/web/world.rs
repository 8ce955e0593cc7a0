//! Applications of one route, and requests to them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::routing::MethodRouter;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Integer};
use diesel_async::RunQueryDsl;
use tenancy_axum::{
    Candidate, DirectoryError, Header, PathParam, Rejection, ResolveTenant, TenantDirectory,
    TenantLayer,
};
use tenancy_diesel::bb8;
use tenancy_diesel::prelude::*;
use tenancy_testing::proxy::WireProxy;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{TenantPool, projects};
use tenancy_tests::{A, B, OrgId, pools};
use tower::ServiceExt;

pub(crate) type Tx = tenancy_axum::Tx<TenantPool>;

/// A database, and a pool whose state can be looked at.
pub(crate) struct World {
    pub(crate) shop: Shop,
    pub(crate) connections: bb8::Pool,
    pub(crate) pool: TenantPool,
}

impl World {
    /// With this many connections, for which a request waits half a second.
    pub(crate) async fn new(size: u32) -> Self {
        let shop = Shop::new(Layers::Both);
        let connections = pools::raw_bb8(&shop.url(), size).await;
        Self::with(shop, connections).await
    }

    /// With connections for which a request waits as long as it takes.
    pub(crate) async fn with_patience(shop: Shop, size: u32) -> Self {
        let connections = ::bb8::Pool::builder()
            .max_size(size)
            .test_on_check_out(false)
            .connection_timeout(Duration::from_secs(600))
            .build(bb8::ConnectionManager::new(shop.url()))
            .await
            .unwrap();
        Self::with(shop, connections).await
    }

    /// With one connection through this proxy.
    pub(crate) async fn through(proxy: &WireProxy, shop: Shop) -> Self {
        let connections = pools::raw_bb8(&proxy.url(&shop.url()).unwrap(), 1).await;
        Self::with(shop, connections).await
    }

    async fn with(shop: Shop, connections: bb8::Pool) -> Self {
        let builder = TenantPool::builder(connections.clone());
        let builder = if shop.has_policies() {
            builder
        } else {
            builder.dangerously_skip_boot_check("the filter alone is tested")
        };
        let pool = builder.build().await.unwrap();
        World {
            shop,
            connections,
            pool,
        }
    }

    /// A layer for the path, and for the header `x-tenant` beside it.
    pub(crate) fn layer(&self) -> TenantLayer<TenantPool, impl ResolveTenant, Members> {
        TenantLayer::new(self.pool.clone(), by_path_and_header(), Members)
    }

    /// An application with this route below `/o/{org}`.
    pub(crate) fn app(&self, route: MethodRouter) -> Router {
        Router::new()
            .route("/o/{org}", route)
            .route_layer(self.layer())
    }

    /// How many connections were asked for since the pool was made.
    pub(crate) fn checkouts(&self) -> u64 {
        self.connections.state().statistics.get_started
    }

    pub(crate) fn superuser(&self, sql: &str) {
        self.shop.superuser().batch_execute(sql).unwrap();
    }

    /// The backends of the application that are there.
    pub(crate) fn backends(&self) -> Vec<i32> {
        self.activity("true")
    }

    /// The backends of the application for which this holds.
    pub(crate) fn activity(&self, condition: &str) -> Vec<i32> {
        #[derive(diesel::QueryableByName)]
        struct Backend {
            #[diesel(sql_type = Integer)]
            pid: i32,
        }
        let backends = diesel::sql_query(format!(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                 AND usename = '{}' AND ({condition}) ORDER BY pid",
            self.shop.app_role()
        ));
        let backends: Vec<Backend> =
            diesel::RunQueryDsl::load(backends, &mut self.shop.superuser()).unwrap();
        backends.into_iter().map(|backend| backend.pid).collect()
    }

    /// How many projects of this id there are, in all tenants.
    pub(crate) fn projects(&self, id: i32) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let count = diesel::sql_query("SELECT count(*) FROM projects WHERE id = $1");
        let count = count.bind::<Integer, _>(id);
        let count: Count =
            diesel::RunQueryDsl::get_result(count, &mut self.shop.superuser()).unwrap();
        count.count
    }
}

pub(crate) fn by_path_and_header() -> impl ResolveTenant {
    PathParam::named("org").and(Header::named(HeaderName::from_static("x-tenant")))
}

/// Who has signed in: a list of organisations in the header `x-member-of`, which stands for a session.
#[derive(Debug, Clone)]
pub(crate) struct Members;

impl TenantDirectory for Members {
    type Id = OrgId;

    async fn find(&self, name: &Candidate, parts: &Parts) -> Result<Option<OrgId>, DirectoryError> {
        let user = parts.headers.get("x-member-of");
        let user = user.ok_or(DirectoryError::SignIn)?.to_str().unwrap();
        let id = match name.as_str() {
            "a" => A,
            "b" => B,
            other => match OrgId::parse(other) {
                Ok(id) if [A, B].contains(&id) => id,
                _ => return Ok(None),
            },
        };
        let short = if id == A { "a" } else { "b" };
        Ok(user.split(',').any(|org| org == short).then_some(id))
    }
}

/// What came back, to the last byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A request of somebody who is a member of both.
pub(crate) fn request(method: Method, path: &str) -> Request {
    request_of("a,b", method, path)
}

pub(crate) fn request_of(member_of: &str, method: Method, path: &str) -> Request {
    Request::builder()
        .method(method)
        .uri(path)
        .header("x-member-of", member_of)
        .body(Body::empty())
        .unwrap()
}

pub(crate) async fn send(app: &Router, request: Request) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

pub(crate) async fn get(app: &Router, path: &str) -> Answer {
    send(app, request(Method::GET, path)).await
}

pub(crate) async fn post(app: &Router, path: &str) -> Answer {
    send(app, request(Method::POST, path)).await
}

/// What went wrong, from the extensions of a response.
pub(crate) async fn rejection(app: &Router, request: Request) -> Arc<Rejection> {
    let response = app.clone().oneshot(request).await.unwrap();
    Arc::clone(response.extensions().get::<Arc<Rejection>>().unwrap())
}

/// Inserts a project.
pub(crate) async fn insert(tx: &mut Tx, id: i32) -> Result<(), Rejection> {
    let conn = tx.conn().await?;
    insert_into(projects::table)
        .values((projects::id.eq(id), projects::name.eq(format!("p{id}"))))
        .execute(conn)
        .await?;
    Ok(())
}

/// The names of all projects that the tenant sees.
pub(crate) async fn names(mut tx: Tx) -> Result<String, Rejection> {
    let conn = tx.conn().await?;
    let names: Vec<String> = projects::table
        .order(projects::id)
        .select(projects::name)
        .load(conn)
        .await?;
    Ok(names.join(","))
}

pub(crate) const NAMES_OF_A: &str = "alpha a,beta a,gamma a";
pub(crate) const NAMES_OF_B: &str = "alpha b,beta b,gamma b,only b";

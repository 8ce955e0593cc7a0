//! The tenant of a request, and its transaction, for [axum] applications on [tenancy-diesel](tenancy_diesel).
//!
//! [`TenantLayer`] finds out which tenant a request is for and whether it may act for it, and refuses it otherwise. The
//! handler extracts the id as [`Tenant`] and the request's one transaction as [`Tx`]: a
//! [`Scoped`](tenancy_diesel::Scoped) connection. The layer commits it before it sends a response below 400, and rolls
//! it back in every other case.
//!
//! ```
//! # mod example {
//! # include!("doc/setup.rs");
//! # use axum::extract::State;
//! # use axum::http::request::Parts;
//! # use diesel::sql_types::{Nullable, Text};
//! # #[derive(Clone)] struct SignedIn { user: String }
//! /// Who may act for which tenant.
//! struct Members(schema::TenantPool);
//!
//! impl TenantDirectory for Members {
//!     type Id = OrgId;
//!
//!     async fn find(&self, name: &Candidate, parts: &Parts) -> Result<Option<OrgId>, DirectoryError> {
//!         // From the layer that checks the session's cookie. Without a user, names are not looked up.
//!         let signed_in = parts.extensions.get::<SignedIn>().ok_or(DirectoryError::SignIn)?;
//!         // There is no tenant yet. A function that runs as its owner returns an id and nothing else.
//!         let mut conn = self.0.shared().await?;
//!         let found = diesel::select(organisation_of(name.as_str(), &signed_in.user));
//!         Ok(found.get_result::<Option<Uuid>>(&mut conn).await?.map(OrgId))
//!     }
//! }
//! # #[diesel::declare_sql_function]
//! # extern "SQL" {
//! #     fn organisation_of(slug: Text, user: Text) -> Nullable<diesel::sql_types::Uuid>;
//! # }
//!
//! type Tx = tenancy_axum::Tx<schema::TenantPool>;
//!
//! async fn list(mut tx: Tx) -> Result<Json<Vec<String>>, Rejection> {
//!     let conn = tx.conn().await?;
//!     Ok(Json(projects::table.select(projects::name).load(conn).await?))
//! }
//!
//! async fn countries(State(pool): State<schema::TenantPool>) -> Result<Json<Vec<String>>, Rejection> {
//!     let mut conn = pool.shared().await?;
//!     Ok(Json(countries::table.select(countries::label).load(&mut conn).await?))
//! }
//!
//! fn application(pool: schema::TenantPool) -> Router {
//!     let tenants = TenantLayer::new(pool.clone(), PathParam::named("org"), Members(pool.clone()));
//!     Router::new()
//!         .route("/o/{org}/projects", get(list))
//!         .route_layer(tenants.limit(Limit::of(8)))
//!         // Without a tenant.
//!         .route("/countries", get(countries))
//!         .with_state(pool)
//! }
//! # }
//! ```
//!
//! # Where to look
//!
//! - [`ResolveTenant`] is a source of names: [`Subdomain`], [`Header`], [`PathParam`], [`Bearer`], and
//!   [`and`](ResolveTenant::and) of them.
//! - [`TenantDirectory`] is what the application writes: whose a name is, and whether this user may act for it.
//! - [`Rejection`] has every way in which a request is refused, as a response.
//! - [`Limit`] keeps one tenant from taking the whole pool.
//!
//! # What is told
//!
//! Each request is a span `request` of the target `tenancy::request` and the level INFO, with the fields
//! `http.request.method`, `http.route`, `http.response.status_code`, `error.type` and `tenancy.tenant`; the spans of
//! statements nest in it. A span around the layer that declares `tenancy.tenant` as an empty field has it filled in.
//! A [`Rejection`] of the status 500 or more is an event of the level ERROR in it, with the rejection's text but not its
//! source's, which may hold values; the source is in the response's extensions.
//!
//! # Features
//!
//! `bb8`, on by default, and `deadpool`: the kinds of `TenantPool`. `jwt`: `Jwt`, which verifies JSON Web Tokens.

#[cfg(not(any(feature = "bb8", feature = "deadpool")))]
compile_error!("enable `bb8` or `deadpool` of tenancy-axum: transactions come from a pool");

mod candidate;
mod directory;
mod layer;
mod limit;
mod pool;
mod rejection;
mod slot;
mod source;
mod span;
mod tenant;
mod tx;

pub use candidate::Candidate;
pub use directory::{DirectoryError, TenantDirectory, VouchedFor};
pub use layer::{TenantLayer, TenantService};
pub use limit::Limit;
pub use pool::{Pool, ScopeOf};
pub use rejection::Rejection;
#[cfg(feature = "jwt")]
pub use source::Jwt;
pub use source::{
    And, Bearer, Claims, Header, InvalidDomain, PathParam, ResolveTenant, Subdomain, Verified,
    VerifyToken,
};
pub use tenant::Tenant;
pub use tx::Tx;

//! A directory that asks the database, before there is a tenant.

use axum::Router;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::routing::get as on_get;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use tenancy_axum::{Candidate, DirectoryError, PathParam, Rejection, TenantDirectory, TenantLayer};
use tenancy_tests::schema::TenantPool;
use tenancy_tests::{A, B, OrgId, pools};
use uuid::Uuid;

use crate::world::{NAMES_OF_A, NAMES_OF_B, World, names, rejection, request_of, send};

/// As docs/web.md has it.
const ADDRESSES: &str = "
    CREATE SCHEMA accounts;
    CREATE TABLE accounts.memberships (
        slug text, member text, organisation_id uuid, PRIMARY KEY (slug, member)
    );
    CREATE FUNCTION accounts.organisation_of(slug text, member text) RETURNS uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS 'SELECT m.organisation_id FROM accounts.memberships AS m WHERE m.slug = $1 AND m.member = $2';
    REVOKE ALL ON FUNCTION accounts.organisation_of FROM PUBLIC;
";

/// The user of the request is its header `x-member-of`, which stands for a session.
struct Memberships(TenantPool);

impl TenantDirectory for Memberships {
    type Id = OrgId;

    async fn find(&self, name: &Candidate, parts: &Parts) -> Result<Option<OrgId>, DirectoryError> {
        #[derive(diesel::QueryableByName)]
        struct Found {
            #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
            id: Option<Uuid>,
        }
        let user = parts.headers.get("x-member-of");
        let user = user.ok_or(DirectoryError::SignIn)?;
        let user = user.to_str().map_err(DirectoryError::other)?;
        let mut conn = self.0.shared().await?;
        let found: Found = diesel::sql_query("SELECT accounts.organisation_of($1, $2) AS id")
            .bind::<Text, _>(name.as_str())
            .bind::<Text, _>(user)
            .get_result(&mut conn)
            .await?;
        Ok(found.id.map(OrgId))
    }
}

#[tokio::test]
async fn a_directory_in_the_database_gives_ids_and_nothing_else() {
    let world = World::new(1).await;
    let app_role = world.shop.app_role();
    world.superuser(&format!(
        "{ADDRESSES}
         GRANT USAGE ON SCHEMA accounts TO {app_role};
         GRANT EXECUTE ON FUNCTION accounts.organisation_of TO {app_role};
         INSERT INTO accounts.memberships VALUES
             ('acme', 'ann', '{a}'), ('globex', 'bob', '{b}'), ('globex', 'ann', '{b}')",
        a = A.0,
        b = B.0
    ));
    // With a pool of its own, so that guesses do not take the connections of others.
    let own = pools::bb8(&world.shop.url(), 1).await;
    let layer = TenantLayer::new(
        world.pool.clone(),
        PathParam::named("org"),
        Memberships(own),
    );
    let app = Router::new()
        .route("/o/{org}", on_get(names))
        .route_layer(layer);
    let ask = async |user, path| send(&app, request_of(user, Method::GET, path)).await;
    assert_eq!(ask("ann", "/o/acme").await.body, NAMES_OF_A);
    assert_eq!(ask("ann", "/o/globex").await.body, NAMES_OF_B);
    assert_eq!(ask("bob", "/o/globex").await.body, NAMES_OF_B);

    let (before, backends) = (world.checkouts(), world.backends());
    let foreign = ask("bob", "/o/acme").await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(foreign, ask("bob", "/o/nobody").await);
    assert_eq!(foreign, ask("ann' OR true --", "/o/acme").await);
    assert_eq!(world.checkouts(), before);
    assert_eq!(world.backends(), backends, "a look-up keeps its connection");

    // The table behind it is closed.
    let mut conn = world.pool.shared().await.unwrap();
    let read = diesel::sql_query("SELECT slug FROM accounts.memberships");
    let read = read.execute(&mut conn).await.unwrap_err();
    assert!(read.to_string().contains("permission denied"), "{read}");
}

#[tokio::test]
async fn a_directory_that_fails_is_a_503_without_a_reason() {
    let world = World::new(1).await;
    let directory = Memberships(world.pool.clone());
    let layer = TenantLayer::new(world.pool.clone(), PathParam::named("org"), directory);
    let app = Router::new()
        .route("/o/{org}", on_get(names))
        .route_layer(layer);
    let request = || request_of("ann", Method::GET, "/o/acme");
    let answer = send(&app, request()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.body.contains("accounts"), "{}", answer.body);
    let why = rejection(&app, request()).await;
    assert!(
        matches!(&*why, Rejection::Directory(DirectoryError::Database(_))),
        "{why:?}"
    );
}

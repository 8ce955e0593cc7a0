//! Everything that belongs to the organisation, as one archive.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tar::{Builder, Header};
use tenancy_diesel::encryption::Encrypted;
use tenancy_diesel::portability::Export;
use tenancy_diesel::prelude::*;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::schema::{REGISTRY, api_tokens, attachments};
use crate::web::{Answer, Failure, Member, Tx};
use crate::{App, BoxError, OrgId, Role, files};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/export", get(export))
}

async fn export(State(app): State<App>, member: Member, mut tx: Tx) -> Answer {
    member.require(Role::Admin)?;
    let conn = tx.conn().await?;
    member.log(conn, "exported", "everything").await?;
    let files: Vec<Uuid> = attachments::table
        .select(attachments::id)
        .load(conn)
        .await?;
    // Writing files blocks a thread, so it is not one of those that answer requests.
    let org = member.org_id;
    let work = spawn_blocking(move || Handle::current().block_on(archive(app, org, files)));
    let archive = work
        .await
        .map_err(|error| Failure::Broken(error.into()))??;
    let name = format!("attachment; filename=\"{}.tar\"", member.org.slug);
    let name = HeaderValue::try_from(name).map_err(|error| Failure::Broken(error.into()))?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-tar"),
        ),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, archive).into_response())
}

/// A token with its secret.
#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = api_tokens, check_for_backend(Pg))]
struct ApiToken {
    id: Uuid,
    token: Encrypted<String>,
}

/// The rows of all tables, of one moment, and the contents of the files.
///
/// It is made in memory, which suits organisations of some hundred megabytes. For larger ones let a job write it into
/// the store of files, and hand out a signed URL.
async fn archive(app: App, org: OrgId, files: Vec<Uuid>) -> Result<Vec<u8>, BoxError> {
    let folder = tempfile::tempdir()?;
    let tables = folder.path().join("export");
    // A transaction of its own: the export reads in REPEATABLE READ, READ ONLY. Without keys, tokens stay sealed.
    let mut scope = app.pool().scope(org).await?;
    // Opened as they are loaded: this scope has the keys.
    let tokens: Vec<ApiToken> = ApiToken::query().load(&mut scope).await?;
    Export::new(&REGISTRY).run(&mut scope, &tables).await?;
    drop(scope);
    let manifest = std::fs::read(tables.join("manifest.json"))?;
    let mut archive = Builder::new(Vec::new());
    archive.append_dir_all("export", &tables)?;
    for id in files {
        if let Some(contents) = files::get(&app, &org, id).await? {
            append(&mut archive, &format!("attachments/{id}"), &contents)?;
        }
    }
    for token in tokens {
        let signature = sign(&token, &manifest)?;
        append(
            &mut archive,
            &format!("signatures/{}", token.id),
            signature.as_bytes(),
        )?;
    }
    Ok(archive.into_inner()?)
}

fn append(archive: &mut Builder<Vec<u8>>, name: &str, contents: &[u8]) -> Result<(), BoxError> {
    let mut header = Header::new_gnu();
    header.set_size(u64::try_from(contents.len())?);
    header.set_mode(0o600);
    Ok(archive.append_data(&mut header, format!("export/{name}"), contents)?)
}

/// HMAC-SHA256 of the manifest, which has the checksums of all tables.
fn sign(token: &ApiToken, manifest: &[u8]) -> Result<String, BoxError> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(token.token.expose().as_bytes())?;
    hmac.update(manifest);
    let signature = hmac.finalize().into_bytes();
    Ok(signature.iter().map(|byte| format!("{byte:02x}")).collect())
}

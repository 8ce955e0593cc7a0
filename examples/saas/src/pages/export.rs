//! Everything that belongs to the organisation, as one file.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use tenancy_diesel::{Class, quote_identifier};

use crate::schema::REGISTRY;
use crate::web::{Answer, Failure, Member, Tx};
use crate::{App, BoxError, Role};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/export", get(export))
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = Text)]
    json: String,
}

async fn export(member: Member, mut tx: Tx) -> Answer {
    member.require(Role::Admin)?;
    let conn = tx.conn().await?;
    let mut tables = Vec::new();
    for table in REGISTRY
        .tables
        .iter()
        .filter(|table| !matches!(table.class, Class::Shared))
    {
        // SQL of our own has row-level security alone: it shows the rows of the scope's organisation.
        let name = quote_identifier(table.name);
        let query = format!("SELECT coalesce(json_agg(t), '[]')::text AS json FROM {name} AS t");
        let rows: Rows = sql_query(query).get_result(conn).await?;
        tables.push(format!("\"{}\":{}", table.name, rows.json));
    }
    member.log(conn, "exported", "everything").await?;
    let name = format!("attachment; filename=\"{}.json\"", member.org.slug);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(name).map_err(|error| Failure::Broken(BoxError::from(error)))?,
        ),
    ];
    Ok((headers, format!("{{{}}}", tables.join(","))).into_response())
}

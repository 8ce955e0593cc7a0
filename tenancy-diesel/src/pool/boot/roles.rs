//! The roles to which row-level security does not apply, and those that can become such a one.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, Integer, Nullable, Text};
use tenancy_core::{Registry, quote_identifier};

use crate::pool::Finding;

/// The schemas in which tables without one are looked up. It calls one function and has no operator, so
/// nothing on that path is used.
const PATH: &str =
    "SELECT pg_catalog.unnest(pg_catalog.current_schemas(false)::pg_catalog.text[]) AS name";
/// For the operators of the query: one planted before `pg_catalog` would answer in their place.
const TRUSTED: &str = "SET LOCAL search_path = pg_catalog, pg_temp";
const QUERY: &str = include_str!("roles.sql");

#[derive(diesel::QueryableByName)]
struct Schema {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    kind: i32,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    other: String,
    #[diesel(sql_type = Text)]
    tables: String,
}

#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub(super) async fn findings(
    pg: &mut diesel_async::AsyncPgConnection,
    registries: &[&'static Registry],
) -> QueryResult<Vec<Finding>> {
    use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

    let path: Vec<Schema> = diesel::sql_query(PATH).load(pg).await?;
    pg.batch_execute(TRUSTED).await?;
    let rows: Vec<Row> = query(registries, path).load(pg).await?;
    Ok(rows.into_iter().map(Row::finding).collect())
}

#[cfg(feature = "r2d2")]
pub(super) fn findings_blocking(
    pg: &mut diesel::PgConnection,
    registries: &[&'static Registry],
) -> QueryResult<Vec<Finding>> {
    use diesel::RunQueryDsl;
    use diesel::connection::SimpleConnection;

    let path: Vec<Schema> = diesel::sql_query(PATH).load(pg)?;
    pg.batch_execute(TRUSTED)?;
    let rows: Vec<Row> = query(registries, path).load(pg)?;
    Ok(rows.into_iter().map(Row::finding).collect())
}

fn query(
    registries: &[&'static Registry],
    path: Vec<Schema>,
) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
    let tables = registries.iter().flat_map(|registry| registry.tables);
    let (schemas, names): (Vec<_>, Vec<_>) = tables.map(|t| (t.schema, t.name)).unzip();
    let path: Vec<String> = path.into_iter().map(|schema| schema.name).collect();
    diesel::sql_query(QUERY)
        .into_boxed()
        .bind::<Array<Nullable<Text>>, _>(schemas)
        .bind::<Array<Text>, _>(names)
        .bind::<Array<Text>, _>(path)
}

impl Row {
    fn finding(self) -> Finding {
        let Row {
            kind,
            role,
            other,
            tables,
        } = self;
        // `role` itself is the first that it can become.
        let of = if role == other {
            format!("role `{role}`")
        } else {
            format!("role `{role}` can become `{other}`, which")
        };
        let name = quote_identifier(&other);
        let leave = format!(
            "REVOKE {name} FROM {}, or from the role between them",
            quote_identifier(&role)
        );
        let or_leave = |alone: String| if role == other { alone } else { leave.clone() };
        let (problem, mend) = match kind {
            1 => (
                format!("the connection acts as `{role}` but can return to `{other}`"),
                format!("log in as `{role}` itself, without SET ROLE or SET SESSION AUTHORIZATION"),
            ),
            2 => (
                format!("{of} is a superuser, to whom row-level security does not apply"),
                or_leave("log in as a role of the application's own".to_owned()),
            ),
            3 => (
                format!("{of} has BYPASSRLS, so row-level security does not apply to it"),
                or_leave(format!("ALTER ROLE {name} NOBYPASSRLS")),
            ),
            4 => (
                format!("{of} has CREATEROLE, with which it can join the owner of the tables"),
                or_leave(format!("ALTER ROLE {name} NOCREATEROLE")),
            ),
            5 => (
                format!("role `{role}` is a member of `{other}`, which reaches the server's files"),
                leave,
            ),
            _ => (
                format!("{of} owns {tables}, and an owner can lift the policies"),
                or_leave("ALTER TABLE .. OWNER TO a role that nobody logs in as".to_owned()),
            ),
        };
        Finding { problem, mend }
    }
}

use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable, Text};
use tenancy_diesel::audit::mended_release;
use tenancy_migrations::MigrationsError;

use super::{Doctor, Trouble, Verdict};
use crate::args::Context;
use crate::database;
use crate::failure::Failure;

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    shown: String,
    #[diesel(sql_type = Text)]
    database: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    standby: bool,
}

pub(super) fn version(
    conn: &mut PgConnection,
    _: &Doctor,
    _: &Context,
) -> Result<Verdict, Failure> {
    let server: Server = diesel::sql_query(
        "SELECT pg_catalog.current_setting('server_version_num')::int4 AS version,
                pg_catalog.current_setting('server_version') AS shown,
                pg_catalog.current_database()::text AS database,
                current_user::text AS role,
                pg_catalog.pg_is_in_recovery() AS standby",
    )
    .get_result(conn)?;
    let Server {
        version,
        shown,
        database,
        role,
        standby,
    } = server;
    let at = format!("PostgreSQL {shown}, database {database}, as {role}");
    if version < 150_000 {
        return Ok(Verdict::Broken(Trouble::new(
            format!("{at}: PostgreSQL 15 or newer is needed"),
            ["upgrade the server"],
        )));
    }
    if standby {
        return Ok(Verdict::Remark(Trouble::new(
            format!("{at}: this is a standby, so nothing can be mended here"),
            ["connect to the primary"],
        )));
    }
    Ok(match mended_release(version) {
        Some(mended) => Verdict::Remark(Trouble::new(
            format!("{at}: it lacks mends of row-level security"),
            [format!(
                "update it to {}.{} or newer",
                mended / 10_000,
                mended % 10_000
            )],
        )),
        None => Verdict::Good(at),
    })
}

#[derive(QueryableByName)]
struct Probe {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

/// A server takes settings at the start of a session. A pooler shares sessions, so it refuses or drops them.
pub(super) fn pooler(
    _: &mut PgConnection,
    _: &Doctor,
    context: &Context,
) -> Result<Verdict, Failure> {
    let url = database::DATABASE.url(context.database_url.as_deref())?;
    let Some(url) = url.with_option("-c tenancy.probe=direct") else {
        return Ok(Verdict::Skipped(
            "the URL or PGOPTIONS has options of its own, so it cannot be told whether a pooler is in between"
                .to_owned(),
        ));
    };
    let behind = || {
        Verdict::Remark(Trouble::new(
            "a pooler such as PgBouncer is between this program and the server",
            [
                "scopes work in its transaction mode; prepared statements need PgBouncer 1.21 with \
                 max_prepared_statements",
                "run migrations on a direct connection",
            ],
        ))
    };
    match url.connect(&database::DATABASE) {
        Ok(mut conn) => {
            let probe = conn.transaction(|conn| {
                diesel::sql_query(
                    "SELECT pg_catalog.current_setting('tenancy.probe', true) AS value",
                )
                .get_result::<Probe>(conn)
            })?;
            Ok(match probe.value.as_deref() {
                Some("direct") => Verdict::Good("none: the connection is a direct one".to_owned()),
                _ => behind(),
            })
        }
        Err(failure) if failure.message().contains("unsupported startup parameter") => Ok(behind()),
        Err(failure) => Err(failure),
    }
}

pub(super) fn migrations(
    conn: &mut PgConnection,
    _: &Doctor,
    _: &Context,
) -> Result<Verdict, Failure> {
    // A savepoint, so that the transaction goes on when the history may not be read.
    let pending = conn.transaction(tenancy_migrations::pending);
    let pending = match pending {
        Ok(pending) => pending,
        Err(MigrationsError::History(error)) if error.to_string().contains("permission denied") => {
            return Ok(Verdict::Skipped(
                "this role may not read their history; connect as the one that runs migrations"
                    .to_owned(),
            ));
        }
        Err(MigrationsError::InApplicationHistory) => {
            return Ok(Verdict::Skipped(
                "the library's own are in the application's history; see `diesel migration list`"
                    .to_owned(),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    if pending.is_empty() {
        return Ok(Verdict::Good(
            "the library's own are all applied".to_owned(),
        ));
    }
    let versions: Vec<String> = pending.iter().map(ToString::to_string).collect();
    Ok(Verdict::Broken(Trouble::new(
        format!("the library's own are not applied: {}", versions.join(", ")),
        ["tenancy migrations run        # as the role that owns the tables"],
    )))
}

//! Whether a database verifies what a program seals, and keeps the values of its sessions apart.

#[cfg(feature = "postgres")]
use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Double, Integer, Text};
#[cfg(feature = "async")]
use diesel_async::{AsyncConnection, AsyncPgConnection};

use super::readers::Readers;
use super::{FUNCTION, LiveFunction, SealRefusal, SealedError, Sealer};

/// What the connection's role has and sees.
#[derive(QueryableByName)]
struct Facts {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    granted: bool,
    #[diesel(sql_type = Bool)]
    reaches_keys: bool,
    #[diesel(sql_type = Integer)]
    shown: i32,
    #[diesel(sql_type = Bool)]
    sees_statements: bool,
    #[diesel(sql_type = Bool)]
    sees_records: bool,
    #[diesel(sql_type = Double)]
    clock: f64,
}

/// `pg_stat_statements` puts placeholders for the constants of queries; for those of SET it does so from
/// PostgreSQL 18 on. Whether it is loaded is told by its settings.
const FACTS: &str = "\
    SELECT current_user::text AS role, \
        coalesce((SELECT pg_catalog.has_function_privilege(p.oid, 'EXECUTE') \
            AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
            FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
            WHERE n.nspname = 'tenancy' AND p.proname = 'sealed_tenant' LIMIT 1), false) AS granted, \
        EXISTS (SELECT FROM pg_catalog.pg_class AS c \
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, \
            (SELECT oid FROM pg_catalog.pg_roles \
                WHERE pg_catalog.pg_has_role(current_user, oid, 'MEMBER')) AS r \
            WHERE n.nspname = 'tenancy' AND c.relname = 'sealing_keys' \
                AND (pg_catalog.has_table_privilege(r.oid, c.oid, \
                        'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') \
                    OR pg_catalog.has_any_column_privilege(r.oid, c.oid, \
                        'SELECT, INSERT, UPDATE, REFERENCES') \
                    OR r.oid IN (c.relowner, n.nspowner) \
                    OR pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE'))) AS reaches_keys, \
        (SELECT setting::int4 FROM pg_catalog.pg_settings \
            WHERE name = 'track_activity_query_size') AS shown, \
        pg_catalog.has_function_privilege('pg_catalog.pg_stat_get_activity(integer)', 'EXECUTE') \
            OR pg_catalog.has_function_privilege( \
                'pg_catalog.pg_stat_get_backend_activity(integer)', 'EXECUTE') AS sees_statements, \
        coalesce(pg_catalog.current_setting('pg_stat_statements.track_utility', true)::bool, false) \
            AND pg_catalog.current_setting('server_version_num')::int4 < 180000 \
            AND EXISTS (SELECT FROM pg_catalog.pg_proc AS p \
                WHERE p.proname = 'pg_stat_statements' \
                    AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) AS sees_records, \
        pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS clock";

/// Checks that a database verifies what this sealer seals, and that its role can neither make nor see values
/// of other sessions. Ask it as the application's role; `variable` is that of the registry.
///
/// # Errors
/// [`SealedError`], whose text names the fix.
#[cfg(feature = "postgres")]
pub fn check<C>(conn: &mut C, variable: &str, sealer: &Sealer) -> Result<(), SealedError>
where
    C: LoadConnection<Backend = diesel::pg::Pg>,
{
    conn.transaction(|conn| {
        let functions: Vec<LiveFunction> = sql_query(LiveFunction::SQL).load(conn)?;
        the_function(&functions)?;
        let facts: Facts = sql_query(FACTS).get_result(conn)?;
        facts.judge(sealer)?;
        let readers: Readers = sql_query(Readers::sql(variable)).get_result(conn)?;
        readers.sealed()?;
        conn.batch_execute(&trial(sealer))?;
        let answer: QueryResult<Answer> = sql_query(ASK).get_result(conn);
        verdict(answer, sealer)
    })
}

/// [`check`], asynchronously.
///
/// # Errors
/// [`SealedError`], whose text names the fix.
#[cfg(feature = "async")]
pub async fn check_async(
    conn: &mut AsyncPgConnection,
    variable: &str,
    sealer: &Sealer,
) -> Result<(), SealedError> {
    use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

    conn.transaction(async |conn| {
        let functions: Vec<LiveFunction> =
            RunQueryDsl::load(sql_query(LiveFunction::SQL), conn).await?;
        the_function(&functions)?;
        let facts: Facts = RunQueryDsl::get_result(sql_query(FACTS), conn).await?;
        facts.judge(sealer)?;
        let sql = Readers::sql(variable);
        let readers: Readers = RunQueryDsl::get_result(sql_query(sql), conn).await?;
        readers.sealed()?;
        conn.batch_execute(&trial(sealer)).await?;
        let answer: QueryResult<Answer> = RunQueryDsl::get_result(sql_query(ASK), conn).await;
        verdict(answer, sealer)
    })
    .await
}

fn the_function(functions: &[LiveFunction]) -> Result<(), SealedError> {
    let [function] = functions else {
        return Err(match functions {
            [] => SealedError::FunctionMissing,
            _ => SealedError::FunctionChanged {
                differs: "number".to_owned(),
            },
        });
    };
    let differs = FUNCTION.differences(function);
    match differs.is_empty() {
        true => Ok(()),
        false => Err(SealedError::FunctionChanged {
            differs: differs.join(", "),
        }),
    }
}

impl Facts {
    fn judge(self, sealer: &Sealer) -> Result<(), SealedError> {
        let role = self.role;
        if self.reaches_keys {
            return Err(SealedError::KeysReachable { role });
        }
        if !self.granted {
            return Err(SealedError::NotGranted { role });
        }
        let padding = sealer.padded_by();
        let shown = self.shown;
        if self.sees_statements && usize::try_from(shown).is_ok_and(|shown| shown > padding) {
            return Err(SealedError::Shown {
                role,
                shown,
                padding,
            });
        }
        if self.sees_records {
            return Err(SealedError::Recorded { role });
        }
        let ours = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64());
        let lifetime = sealer.valid_for();
        let ahead = self.clock - ours;
        if ahead.abs() > lifetime.as_secs_f64() / 4.0 {
            return Err(SealedError::Clock {
                #[allow(
                    clippy::cast_possible_truncation,
                    reason = "rounded, and a clock is not that far off"
                )]
                seconds: ahead.round() as i64,
                lifetime: lifetime.as_secs(),
            });
        }
        Ok(())
    }
}

/// A variable of its own, so that no policy takes the trial for a tenant.
const TRIAL: &str = "tenancy.trial";
const ASK: &str = "SELECT tenancy.sealed_tenant('tenancy.trial', true) AS tenant";

fn trial(sealer: &Sealer) -> String {
    let sealed = sealer.seal(TRIAL, &"trial".to_owned());
    format!(
        "SET LOCAL {TRIAL} = {}",
        crate::quote_literal(sealed.text())
    )
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    tenant: String,
}

fn verdict(answer: QueryResult<Answer>, sealer: &Sealer) -> Result<(), SealedError> {
    let key = || sealer.key_id().to_owned();
    match answer {
        Ok(Answer { tenant }) if tenant == "trial" => Ok(()),
        Ok(_) => Err(SealedError::FunctionChanged {
            differs: "answer".to_owned(),
        }),
        Err(error) => {
            let refusal = match &error {
                diesel::result::Error::DatabaseError(_, info) => SealRefusal::of(info.message()),
                _ => None,
            };
            Err(match refusal {
                Some(SealRefusal::UnknownKey) => SealedError::UnknownKey { key: key() },
                Some(SealRefusal::Forged) => SealedError::WrongKey { key: key() },
                _ => SealedError::Query(error),
            })
        }
    }
}

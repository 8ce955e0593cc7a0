//! Which policies read the variable, and how.

#[cfg(feature = "postgres")]
use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text};
#[cfg(feature = "async")]
use diesel_async::{AsyncConnection, AsyncPgConnection};

use super::SealedError;

/// Refuses a database whose policies take sealed tenants only, for a program that seals none.
///
/// # Errors
/// [`SealedError::SealerMissing`].
#[cfg(feature = "postgres")]
pub fn unsealed<C>(conn: &mut C, variable: &str) -> Result<(), SealedError>
where
    C: LoadConnection<Backend = diesel::pg::Pg>,
{
    let readers: Readers = sql_query(Readers::sql(variable)).get_result(conn)?;
    readers.unsealed()
}

/// [`unsealed`], asynchronously.
///
/// # Errors
/// [`SealedError::SealerMissing`].
#[cfg(feature = "async")]
pub async fn unsealed_async(
    conn: &mut AsyncPgConnection,
    variable: &str,
) -> Result<(), SealedError> {
    use diesel_async::RunQueryDsl;

    // In a transaction, because a pooler may share the sessions of the server.
    conn.transaction(async |conn| {
        let sql = Readers::sql(variable);
        let readers: Readers = RunQueryDsl::get_result(sql_query(sql), conn).await?;
        readers.unsealed()
    })
    .await
}

/// Tables whose policies read the variable, and how.
#[derive(QueryableByName)]
pub(super) struct Readers {
    #[diesel(sql_type = Array<Text>)]
    #[cfg_attr(
        not(feature = "sealed"),
        allow(dead_code, reason = "judged for those who seal")
    )]
    plain: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    sealed: Vec<String>,
}

impl Readers {
    /// `pg_get_expr` writes the call of a function with its arguments as they are; whether the schema
    /// stands before it depends on the search path. The reference tables of the library have both forms.
    pub(super) fn sql(variable: &str) -> String {
        let of = |call: &str| {
            let call = crate::quote_literal(&format!("{call}('{variable}'::text"));
            format!(
                "ARRAY(SELECT DISTINCT polrelid::pg_catalog.regclass::text FROM pg_catalog.pg_policy \
                 JOIN pg_catalog.pg_class AS c ON c.oid = polrelid \
                 JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
                 WHERE n.nspname <> 'tenancy' AND pg_catalog.strpos(pg_catalog.concat( \
                     pg_catalog.pg_get_expr(polqual, polrelid), \
                     pg_catalog.pg_get_expr(polwithcheck, polrelid)), {call}) > 0 ORDER BY 1)"
            )
        };
        format!(
            "SELECT {} AS plain, {} AS sealed",
            of("current_setting"),
            of("sealed_tenant")
        )
    }

    fn unsealed(self) -> Result<(), SealedError> {
        match self.sealed.is_empty() {
            true => Ok(()),
            false => Err(SealedError::SealerMissing {
                tables: self.sealed.join(", "),
            }),
        }
    }
}

#[cfg(feature = "sealed")]
impl Readers {
    /// For a program that seals.
    pub(super) fn sealed(self) -> Result<(), SealedError> {
        match self.plain.is_empty() {
            true => Ok(()),
            false => Err(SealedError::PlainPolicies {
                tables: self.plain.join(", "),
            }),
        }
    }
}

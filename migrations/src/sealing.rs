//! The keys of sealed tenants, as `tenancy.sealing_keys` holds them.

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Text};

use crate::MigrationsError;

/// Whether the block that HMAC hashes is the inner or the outer one (RFC 2104).
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// A key of sealed tenants, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[non_exhaustive]
pub struct SealingKey {
    /// Its name, which stands in each value that is sealed with it.
    #[diesel(sql_type = Text)]
    pub id: String,
    /// Whether values that are sealed with it are refused.
    #[diesel(sql_type = Bool)]
    pub retired: bool,
}

/// Has the database accept values that are sealed with this key, beside those of the keys that it has. It
/// can run again.
///
/// `key` is what `Sealer::database_key` of `tenancy-diesel` gives. It travels as a bind value: a server that
/// logs the values of statements (`log_parameter_max_length`) logs it too.
///
/// # Errors
/// [`MigrationsError::SealingKeyTaken`] when the name is that of another key or of one that is retired, and
/// [`MigrationsError::Database`] when the name is none or the role does not own the table.
///
/// ```no_run
/// # use diesel::prelude::*;
/// # let key = [7; 32];
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// tenancy_migrations::run(&mut conn)?;
/// tenancy_migrations::create_sealing_key(&mut conn, "2026-01", &key)?;
/// tenancy_migrations::grant_sealed(&mut conn, "app")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn create_sealing_key<C>(conn: &mut C, id: &str, key: &[u8; 32]) -> Result<(), MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    let [inner, outer] = [INNER, OUTER].map(|pad| {
        let mut block = vec![pad; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    });
    conn.transaction(|conn| {
        diesel::sql_query(
            "INSERT INTO tenancy.sealing_keys (id, inner_pad, outer_pad) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind::<Text, _>(id)
        .bind::<Binary, _>(&inner)
        .bind::<Binary, _>(&outer)
        .execute(conn)?;
        let same = diesel::select(
            diesel::dsl::sql::<Bool>(
                "EXISTS (SELECT FROM tenancy.sealing_keys WHERE retired_at IS NULL AND id = ",
            )
            .bind::<Text, _>(id)
            .sql(" AND inner_pad = ")
            .bind::<Binary, _>(&inner)
            .sql(")"),
        );
        if same.get_result(conn)? {
            return Ok(());
        }
        Err(MigrationsError::SealingKeyTaken { id: id.to_owned() })
    })
}

/// Has the database refuse what is sealed with this key, and forgets the key. Whether there was one to
/// retire.
///
/// Statements that begin afterwards are refused, so deploy another key to every process before.
///
/// # Errors
/// [`MigrationsError::Database`] when the role does not own the table.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// assert!(tenancy_migrations::retire_sealing_key(&mut conn, "2025-07")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn retire_sealing_key<C>(conn: &mut C, id: &str) -> Result<bool, MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    let retired = diesel::sql_query(
        "UPDATE tenancy.sealing_keys SET retired_at = now(), inner_pad = NULL, outer_pad = NULL \
         WHERE id = $1 AND retired_at IS NULL",
    )
    .bind::<Text, _>(id)
    .execute(conn)?;
    Ok(retired > 0)
}

/// The keys that the database has, the oldest first.
///
/// # Errors
/// [`MigrationsError::Database`] when the role does not own the table.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// for key in tenancy_migrations::sealing_keys(&mut conn)? {
///     println!("{}{}", key.id, if key.retired { " (retired)" } else { "" });
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sealing_keys<C>(conn: &mut C) -> Result<Vec<SealingKey>, MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    let keys = diesel::sql_query(
        "SELECT id, retired_at IS NOT NULL AS retired FROM tenancy.sealing_keys \
         ORDER BY created_at, id",
    );
    Ok(keys.load(conn)?)
}

/// Lets a role have its sealed tenants verified, as the application's role and that of the eraser need it. It
/// can run again.
///
/// # Errors
/// [`MigrationsError::Database`] when the role or the function does not exist, or others own it.
///
/// ```no_run
/// # use diesel::prelude::*;
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// tenancy_migrations::grant_sealed(&mut conn, "app")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn grant_sealed<C>(conn: &mut C, role: &str) -> Result<(), MigrationsError>
where
    C: LoadConnection<Backend = Pg> + 'static,
{
    crate::grant(
        conn,
        "GRANT USAGE ON SCHEMA tenancy TO %1$I;
         GRANT EXECUTE ON FUNCTION tenancy.sealed_tenant(text, boolean) TO %1$I",
        role,
    )
}

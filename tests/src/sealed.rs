//! Databases whose policies take sealed tenants only.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::encryption::{RootId, RootKey, SecretString};
use tenancy_diesel::sealed::{ExposeSecret, Sealer};
use tenancy_testing::{Setup, SetupResult};

use crate::OrgId;

/// The sealer of this key name whose root has this byte in it.
///
/// # Panics
/// When the name cannot be that of a key.
pub fn sealer_of(id: &str, byte: u8) -> Sealer {
    let root = SecretString::from(format!("{byte:02x}").repeat(31) + "ff");
    let root = RootKey::from_hex(&root).unwrap();
    Sealer::new(&RootId::parse(id).unwrap(), &root).unwrap()
}

/// The sealer whose key every sealed database has.
pub fn sealer() -> Sealer {
    sealer_of("k1", 1)
}

/// Whose objects the library's are: no superuser.
pub const OWNER: &str = "sealed_owner";

/// Has the database verify what a sealer seals.
///
/// # Panics
/// When the server does not take the key.
pub fn create_key(conn: &mut PgConnection, sealer: &Sealer) {
    let key = sealer.database_key();
    tenancy_migrations::create_sealing_key(conn, sealer.key_id(), key.expose_secret()).unwrap();
}

/// The library's objects, as a plain role, with one key.
///
/// # Errors
/// What the server answers.
pub fn prepare(db: &mut Setup<'_, OrgId>) -> SetupResult {
    let owner = db.role(OWNER)?;
    let app = db.app_role().to_owned();
    let conn = db.conn();
    conn.batch_execute(&format!(
        "DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {owner}', current_database()); END$$;
         SET ROLE {owner}"
    ))?;
    tenancy_migrations::run(conn)?;
    create_key(conn, &sealer());
    tenancy_migrations::grant_sealed(conn, &app)?;
    conn.batch_execute("RESET ROLE")?;
    Ok(())
}

//! Row-level security, written from the declaration in `schema.rs`.

use tenancy_diesel::PolicyOptions;

/// The role that the application connects as. The checked-in migrations name it.
pub const APP_ROLE: &str = "saas_app";

/// The role that the key store connects as. It reads the wrapped keys, and no row of a tenant.
pub const KEYS_ROLE: &str = "saas_keys";

/// The role that erases an organisation: under the same policies, for the organisation that it is told.
pub const ERASER_ROLE: &str = "saas_eraser";

/// The role that takes jobs from the queue. It reads no row of a tenant.
pub const WORKER_ROLE: &str = "saas_worker";

/// The role that runs migrations. It acts as the owner of the tables, who cannot log in.
pub const MIGRATOR: &str = "tenancy_migrator";

/// For which roles the bootstrap script and the policies are written. Owner and migrator keep their default
/// names.
pub fn options() -> PolicyOptions {
    PolicyOptions::new()
        .app_role(APP_ROLE)
        .keys_role(KEYS_ROLE)
        .eraser_role(ERASER_ROLE)
}

/// The role of the worker, for the bootstrap script: it has nothing to do with policies.
pub fn worker_sql() -> String {
    format!(
        "CREATE ROLE {WORKER_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::options;
    use crate::schema;

    /// `TENANCY_BLESS=1 cargo test -p saas --lib policies` writes the files again.
    #[test]
    fn the_migration_is_what_the_schema_declares() {
        let policies = options().generate(&schema::REGISTRY);
        let directory =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/00000000000003_policies");
        for (name, text) in [("up.sql", policies.up()), ("down.sql", policies.down())] {
            let file = directory.join(name);
            if std::env::var_os("TENANCY_BLESS").is_some() {
                std::fs::write(&file, text).unwrap();
            }
            assert_eq!(
                std::fs::read_to_string(&file).unwrap(),
                text,
                "{}",
                file.display()
            );
        }
    }
}

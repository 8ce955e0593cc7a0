//! Row-level security, written from the declaration in `schema.rs`.

use tenancy_diesel::PolicyOptions;

/// The role that the application connects as. The checked-in migration names it.
pub(crate) const APP_ROLE: &str = "quickstart_app";

/// The role that the key store connects as. It reads the wrapped keys, and no row of a tenant.
pub(crate) const KEYS_ROLE: &str = "quickstart_keys";

/// For which roles the script and the policies are written. Owner and migrator keep their default
/// names.
pub(crate) fn options() -> PolicyOptions {
    PolicyOptions::new().app_role(APP_ROLE).keys_role(KEYS_ROLE)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::options;
    use crate::{Result, schema};

    /// `TENANCY_BLESS=1 cargo test -p quickstart` writes the files again.
    #[test]
    fn the_migration_is_what_the_schema_declares() -> Result {
        let policies = options().generate(&schema::REGISTRY);
        let directory =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/00000000000002_policies");
        for (name, text) in [("up.sql", policies.up()), ("down.sql", policies.down())] {
            let file = directory.join(name);
            if std::env::var_os("TENANCY_BLESS").is_some() {
                std::fs::write(&file, text)?;
            }
            assert_eq!(std::fs::read_to_string(&file)?, text, "{}", file.display());
        }
        Ok(())
    }
}

//! The registry as a file.

use std::path::Path;

use tenancy_diesel::Registry;

use super::check::check;
use super::form::{FORMAT, File, Version};

/// Why the file of a registry cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryFileError {
    /// It could not be read.
    #[error("{path} cannot be read: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not JSON, or not of the form of a registry.
    #[error("it is no registry: {0}")]
    Form(#[source] serde_json::Error),
    /// Another version of this program wrote it.
    #[error("it has the format {found}, and this program reads the format {FORMAT}")]
    Format {
        /// The format of the file.
        found: u64,
    },
    /// It contradicts itself.
    #[error("it contradicts itself: {0}")]
    Contradiction(String),
    /// It is not what the program declares.
    #[error(
        "{path} is out of date, {what}; write it again: `tenancy registry --output {path}` of the \
         application's own program"
    )]
    OutOfDate {
        /// The file.
        path: String,
        /// The first difference.
        what: String,
    },
}

/// The registry as the text of a file, for the installed program `tenancy`.
///
/// # Panics
/// For a class of table that this release does not know, which `tenant_schema!` of the same release does not
/// write.
///
/// ```
/// use tenancy_diesel::Registry;
///
/// const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[]);
/// assert!(tenancy_cli::registry_json(&REGISTRY).starts_with("{\n  \"format\": 1,"));
/// ```
pub fn registry_json(registry: &Registry) -> String {
    let file = File::of(registry);
    #[allow(
        clippy::expect_used,
        reason = "texts, numbers and lists of them are JSON"
    )]
    let mut text = serde_json::to_string_pretty(&file).expect("a registry is JSON");
    text.push('\n');
    text
}

/// Compares the file with the registry.
///
/// # Errors
/// [`RegistryFileError::OutOfDate`] when they differ, [`RegistryFileError::Io`] when the file cannot be read.
pub fn check_registry_file(
    registry: &Registry,
    path: impl AsRef<Path>,
) -> Result<(), RegistryFileError> {
    let path = path.as_ref();
    let shown = path.display().to_string();
    let found = std::fs::read_to_string(path).map_err(|source| RegistryFileError::Io {
        path: shown.clone(),
        source,
    })?;
    let expected = registry_json(registry);
    // A checkout may have changed the ends of lines.
    let mut found = found.lines();
    let mut expected = expected.lines();
    let mut number = 0;
    loop {
        number += 1;
        let what = match (found.next(), expected.next()) {
            (None, None) => return Ok(()),
            (Some(found), Some(expected)) if found == expected => continue,
            (Some(found), _) => format!("line {number} is `{}`", found.trim()),
            (None, Some(expected)) => format!("line {number} should be `{}`", expected.trim()),
        };
        return Err(RegistryFileError::OutOfDate { path: shown, what });
    }
}

/// For a test of the application: fails when the committed file is not what the schema declares.
///
/// ```no_run
/// # mod schema {
/// #     pub const REGISTRY: tenancy_diesel::Registry =
/// #         tenancy_diesel::Registry::new("app.tenant_id", "uuid", &[]);
/// # }
/// # /*
/// #[test]
/// # */
/// fn the_registry_file_is_what_the_schema_declares() {
///     let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tenancy.json");
///     tenancy_cli::assert_registry_file(&schema::REGISTRY, path);
/// }
/// ```
///
/// # Panics
/// When they differ, with the command that writes the file again.
#[track_caller]
pub fn assert_registry_file(registry: &Registry, path: impl AsRef<Path>) {
    if let Err(error) = check_registry_file(registry, path) {
        panic!("{error}");
    }
}

/// Reads the text of a file. The registry lives as long as the process, which reads one.
pub(crate) fn read(text: &str) -> Result<&'static Registry, RegistryFileError> {
    let version: Version = serde_json::from_str(text).map_err(RegistryFileError::Form)?;
    if version.format != u64::from(FORMAT) {
        return Err(RegistryFileError::Format {
            found: version.format,
        });
    }
    let file: File = serde_json::from_str(text).map_err(RegistryFileError::Form)?;
    check(&file).map_err(RegistryFileError::Contradiction)?;
    Ok(file.leak())
}

#[cfg(test)]
mod tests {
    use tenancy_diesel::{Class, Column, EncryptedColumn, Table};

    use super::*;

    const REGISTRY: Registry = Registry::new(
        "shop.merchant",
        "text",
        &[
            Table {
                path: "merchants",
                schema: None,
                name: "merchants",
                class: Class::Root { column: "id" },
                columns: &[Column {
                    name: "id",
                    sql_type: "Text",
                }],
                primary_key: &["id"],
                encrypted: &[],
            },
            Table {
                path: "billing::notes",
                schema: Some("billing"),
                name: "notes",
                class: Class::Via {
                    column: "invoice",
                    owner: "invoices",
                    owner_key: "id",
                },
                columns: &[
                    Column {
                        name: "invoice",
                        sql_type: "Int8",
                    },
                    Column {
                        name: "body",
                        sql_type: "Nullable<Bytea>",
                    },
                ],
                primary_key: &["invoice"],
                encrypted: &[EncryptedColumn {
                    column: "body",
                    label: "notes.body",
                }],
            },
            Table {
                path: "invoices",
                schema: None,
                name: "invoices",
                class: Class::Tenant { column: "merchant" },
                columns: &[
                    Column {
                        name: "merchant",
                        sql_type: "Text",
                    },
                    Column {
                        name: "id",
                        sql_type: "Int8",
                    },
                ],
                primary_key: &["merchant", "id"],
                encrypted: &[],
            },
            Table {
                path: "countries",
                schema: None,
                name: "countries",
                class: Class::Shared,
                columns: &[],
                primary_key: &[],
                encrypted: &[],
            },
            Table {
                path: "old",
                schema: None,
                name: "old",
                class: Class::Excluded {
                    reason: "moves in Q3",
                },
                columns: &[],
                primary_key: &[],
                encrypted: &[],
            },
        ],
    );

    #[test]
    fn a_registry_survives_its_file() {
        let text = registry_json(&REGISTRY);
        assert_eq!(read(&text).unwrap(), &REGISTRY);
        assert_eq!(registry_json(read(&text).unwrap()), text);
    }

    #[test]
    fn what_was_edited_into_a_contradiction_is_refused() {
        let text = registry_json(&REGISTRY);
        for (from, to, says) in [
            ("shop.merchant", "role", "no session variable"),
            (
                "\"tenant_type\": \"text\"",
                "\"tenant_type\": \"point\"",
                "no type of a tenant",
            ),
            (
                "\"owner\": \"invoices\"",
                "\"owner\": \"gone\"",
                "which is not there",
            ),
            (
                "\"owner\": \"invoices\"",
                "\"owner\": \"countries\"",
                "has no column `id`",
            ),
            (
                "\"owner\": \"invoices\",\n        \"owner_key\": \"id\"",
                "\"owner\": \"billing::notes\",\n        \"owner_key\": \"invoice\"",
                "owned through itself",
            ),
            (
                "\"path\": \"old\"",
                "\"path\": \"countries\"",
                "there twice",
            ),
            (
                "\"column\": \"body\"",
                "\"column\": \"subject\"",
                "no column `subject`",
            ),
            ("\"name\": \"old\"", "\"name\": \"\"", "has the name \"\""),
        ] {
            let edited = text.replace(from, to);
            assert_ne!(edited, text, "{from}");
            let error = read(&edited).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn another_format_and_other_files_are_refused_with_a_word() {
        let text = registry_json(&REGISTRY);
        let newer = text.replace("\"format\": 1", "\"format\": 2");
        assert!(matches!(
            read(&newer),
            Err(RegistryFileError::Format { found: 2 })
        ));
        let unknown = text.replace("\"variable\"", "\"colour\": 1, \"variable\"");
        for broken in ["", "{}", "[1]", &unknown, &text[..text.len() / 2]] {
            assert!(matches!(read(broken), Err(RegistryFileError::Form(_))));
        }
    }

    #[test]
    fn a_file_that_is_out_of_date_names_the_line_and_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenancy.json");
        std::fs::write(&path, registry_json(&REGISTRY)).unwrap();
        check_registry_file(&REGISTRY, &path).unwrap();
        // As a checkout on Windows has it.
        let windows = registry_json(&REGISTRY).replace('\n', "\r\n");
        std::fs::write(&path, windows).unwrap();
        check_registry_file(&REGISTRY, &path).unwrap();
        let old = registry_json(&REGISTRY).replace("countries", "states");
        std::fs::write(&path, old).unwrap();
        let error = check_registry_file(&REGISTRY, &path).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("\"path\": \"states\""), "{error}");
        assert!(error.contains("tenancy registry --output"), "{error}");
        assert!(check_registry_file(&REGISTRY, folder.path().join("none")).is_err());
    }
}

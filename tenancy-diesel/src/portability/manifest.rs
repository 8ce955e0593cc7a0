use serde::{Deserialize, Serialize};

/// The form of the manifests that this release writes and reads.
pub const MANIFEST_FORMAT: u32 = 1;

/// What an export is of. It is the file `manifest.json`, which is written last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// [`MANIFEST_FORMAT`].
    pub format: u32,
    /// The tenant whose rows they are, in canonical text.
    pub tenant: String,
    /// The PostgreSQL type of the tenants' ids.
    pub tenant_type: String,
    /// The database, as it calls itself.
    pub database: String,
    /// The moment of which all rows are, in UTC.
    pub taken: String,
    /// Whether the values of encrypted columns are opened. Otherwise they are sealed under the tenant's keys.
    pub opened: bool,
    /// The tables, in the order of their files.
    pub tables: Vec<ExportedTable>,
    /// The tables that may have rows of the tenant and are not part of the export.
    pub left: Vec<LeftTable>,
}

/// A table of a [`Manifest`]. The first has the file `tables/0001.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ExportedTable {
    /// The table, as its Rust path below the schema module.
    pub table: String,
    /// The name in the database, with its schema. For people: an import does not read it.
    pub name: String,
    /// The columns, without the tenant column.
    pub columns: Vec<ExportedColumn>,
    /// How many rows there are: one in each line.
    pub rows: u64,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The SHA-256 of the file.
    pub sha256: String,
}

/// A column of an [`ExportedTable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ExportedColumn {
    /// The name.
    pub name: String,
    /// The type, as PostgreSQL writes it. For people: an import does not read it.
    #[serde(rename = "type")]
    pub sql_type: String,
}

/// A table that an export leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LeftTable {
    /// Its name.
    pub table: String,
    /// Why.
    pub reason: String,
}

impl Manifest {
    /// How many rows all tables have together.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

use std::fmt;

/// What an import has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// The tables, in the order in which they were filled.
    pub tables: Vec<ImportedTable>,
    /// Sequences that would give keys that the imported rows have.
    pub sequences: Vec<BehindSequence>,
}

/// A table of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportedTable {
    /// The table, as its Rust path below the schema module.
    pub table: &'static str,
    /// How many rows the file has.
    pub rows: u64,
}

/// A sequence that is behind the imported rows. The application's role may not set it; its owner runs what
/// `Display` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BehindSequence {
    /// The table, as its Rust path below the schema module.
    pub table: &'static str,
    /// The column.
    pub column: String,
    /// The sequence, quoted as SQL needs it.
    pub sequence: String,
    /// The greatest value among the imported rows.
    pub greatest: i64,
}

impl ImportReport {
    /// How many rows all tables have together.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

impl fmt::Display for BehindSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sequence = crate::quote_literal(&self.sequence);
        write!(f, "SELECT setval({sequence}, {});", self.greatest)
    }
}

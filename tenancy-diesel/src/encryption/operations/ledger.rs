use std::fmt;

use tenancy_core::encryption::EncryptionError;

/// The key of a row, in the texts that PostgreSQL gives for its columns under `datestyle = 'ISO, YMD'`
/// and `timezone = 'UTC'`.
///
/// `Display` leaves the tenant column out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKey(Vec<Part>);

#[derive(Clone, PartialEq, Eq)]
struct Part {
    column: &'static str,
    value: String,
    is_tenant: bool,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.is_tenant { ".." } else { &self.value };
        write!(f, "{} = {value:?}", self.column)
    }
}

impl RowKey {
    pub(crate) fn new(parts: Vec<(&'static str, String, bool)>) -> Self {
        let parts = parts.into_iter();
        RowKey(
            parts
                .map(|(column, value, is_tenant)| Part {
                    column,
                    value,
                    is_tenant,
                })
                .collect(),
        )
    }

    /// The text of a column of the key. A tenant column is part of it only if it is the whole key.
    pub fn get(&self, column: &str) -> Option<&str> {
        let part = self.0.iter().find(|part| part.column == column);
        part.map(|part| part.value.as_str())
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.iter().filter(|part| !part.is_tenant).peekable();
        if shown.peek().is_none() {
            return f.write_str("the tenant's own row");
        }
        for (i, part) in shown.enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{} = {}", part.column, part.value)?;
        }
        Ok(())
    }
}

/// Why a value was left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It does not open, so it cannot be sealed anew.
    #[error("it does not open: {0}")]
    CannotOpen(EncryptionError),
    /// It is bound to its row, and the caller has not said how the row's id is made.
    #[error("skipped, because it is bound to its row and no row ids were given for the column")]
    RowBound,
    /// Others held the row or changed the value each time.
    #[error("others held the row, or changed the value, each time")]
    Busy,
    /// The plaintext is not of the form that the value's type reads.
    #[error("the plaintext does not have the form of the value's type")]
    Unreadable,
    /// The row has a plaintext and no sealed value.
    #[error("it has a plaintext and no sealed value")]
    NotSealed,
    /// The sealed value, or its blind index, is not that of the plaintext beside it. Whoever writes the
    /// one does not write the other.
    #[error("the sealed value is not that of the plaintext beside it")]
    Differs,
}

/// A value that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerEntry {
    /// The table, as its Rust path below the schema module.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The key of the row.
    pub key: RowKey,
    /// Why.
    pub problem: Problem,
}

impl fmt::Display for LedgerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LedgerEntry {
            table,
            column,
            key,
            problem,
        } = self;
        write!(f, "{table}.{column}, {key}: {problem}")
    }
}

/// The values that were left as they are. The first 10,000 are listed, all are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<LedgerEntry>,
    omitted: u64,
}

const MOST_ENTRIES: usize = 10_000;

impl Ledger {
    pub(super) fn add(&mut self, entry: LedgerEntry) {
        if self.entries.len() < MOST_ENTRIES {
            self.entries.push(entry);
        } else {
            self.omitted += 1;
        }
    }

    pub(super) fn append(&mut self, other: Ledger) {
        self.omitted += other.omitted;
        for entry in other.entries {
            self.add(entry);
        }
    }

    /// The entries that are listed.
    pub fn entries(&self) -> &[LedgerEntry] {
        &self.entries
    }

    /// How many there are beyond those.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.omitted + u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }

    /// Whether every value was dealt with.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            writeln!(f, "{entry}")?;
        }
        if self.omitted > 0 {
            writeln!(f, "and {} more", self.omitted)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_lists_the_first_entries_and_counts_all() {
        let entry = |id: u64| LedgerEntry {
            table: "accounts",
            column: "api_key",
            key: RowKey::new(vec![("id", id.to_string(), false)]),
            problem: Problem::Busy,
        };
        let mut ledger = Ledger::default();
        for id in 0..10_002 {
            ledger.add(entry(id));
        }
        let mut sum = Ledger::default();
        sum.add(entry(0));
        sum.append(ledger);
        assert_eq!(
            (sum.entries().len(), sum.omitted(), sum.len()),
            (10_000, 3, 10_003)
        );
        assert!(sum.to_string().ends_with("and 3 more\n"));
    }

    #[test]
    fn a_key_shows_no_tenant() {
        let key = RowKey::new(vec![("tenant_id", "acme".to_owned(), true)]);
        assert_eq!(key.to_string(), "the tenant's own row");
        assert!(!format!("{key:?}").contains("acme"));
        assert_eq!(key.get("tenant_id"), Some("acme"));
    }
}

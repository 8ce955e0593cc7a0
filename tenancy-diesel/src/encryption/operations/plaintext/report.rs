use std::fmt;

use crate::encryption::operations::{Ledger, Tally};

/// How far an encrypted column has been filled from a plaintext column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct PlaintextReport {
    pub(super) dry_run: bool,
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    pub(super) tally: Tally,
    pub(super) equal: u64,
    pub(super) unsealed: u64,
    pub(super) ledger: Ledger,
}

impl PlaintextReport {
    /// Whether every plaintext of the tenant has its sealed value, and all were opened and found equal at
    /// the end.
    pub fn is_complete(&self) -> bool {
        self.unsealed == 0 && self.ledger.is_empty()
    }

    /// Whether nothing was written.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The counts of this run.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// How many sealed values were found to be equal to the plaintexts beside them.
    pub fn equal(&self) -> u64 {
        self.equal
    }

    /// How many rows have a plaintext and no sealed value.
    pub fn unsealed(&self) -> u64 {
        self.unsealed
    }

    /// The rows that need a look, with their reasons.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

impl fmt::Display for PlaintextReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = if self.dry_run {
            "Dry run, nothing was written"
        } else {
            "Encryption"
        };
        writeln!(f, "{run}: {}.{}, {}.", self.table, self.column, self.tally)?;
        write!(f, "{}", self.ledger)?;
        if self.is_complete() {
            return write!(
                f,
                "Complete: {} values are equal to their plaintexts.",
                self.equal
            );
        }
        write!(
            f,
            "Not complete: {} values are equal to their plaintexts, {} rows have no sealed value, {} rows \
             need a look.",
            self.equal,
            self.unsealed,
            self.ledger.len()
        )
    }
}

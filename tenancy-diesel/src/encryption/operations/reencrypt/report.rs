use std::fmt;

use tenancy_core::encryption::KeyGeneration;

use crate::encryption::operations::{ColumnTally, Inventory, Ledger, Tally};

/// What became of the values of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct ReencryptReport {
    dry_run: bool,
    active: KeyGeneration,
    columns: Vec<ColumnTally>,
    ledger: Ledger,
    inventory: Inventory,
}

impl ReencryptReport {
    pub(super) fn new(
        dry_run: bool,
        active: KeyGeneration,
        columns: Vec<ColumnTally>,
        ledger: Ledger,
        inventory: Inventory,
    ) -> Self {
        ReencryptReport {
            dry_run,
            active,
            columns,
            ledger,
            inventory,
        }
    }

    /// Whether the count at the end found every value under the active generation.
    pub fn is_complete(&self) -> bool {
        self.inventory.not_of(self.active) == 0
    }

    /// Whether nothing was written.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The generation that sealed.
    pub fn active(&self) -> KeyGeneration {
        self.active
    }

    /// The counts by column.
    pub fn columns(&self) -> &[ColumnTally] {
        &self.columns
    }

    /// The counts of all columns.
    pub fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        for column in &self.columns {
            sum.add(column.tally);
        }
        sum
    }

    /// The values that were left as they are, with their reasons.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What the count at the end found.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }
}

impl fmt::Display for ReencryptReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = if self.dry_run {
            "Dry run, nothing was written"
        } else {
            "Re-encryption"
        };
        writeln!(f, "{run}: generation {}, {}.", self.active, self.tally())?;
        for column in &self.columns {
            writeln!(f, "  {column}")?;
        }
        write!(f, "{}", self.ledger)?;
        match self.inventory.not_of(self.active) {
            0 => write!(f, "Complete: every value is of generation {}.", self.active),
            n => write!(
                f,
                "Not complete: {n} values are not of generation {}.",
                self.active
            ),
        }
    }
}

//! What the clients were told, to be compared with what the database has.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard};

/// A row by its tenant's number and its id.
pub(crate) type Key = (u128, i32);

#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// COMMIT was answered.
    acknowledged: BTreeSet<Key>,
    /// The statement or its transaction failed before COMMIT.
    refused: BTreeSet<Key>,
    /// Nobody can tell: the future was dropped, or the connection was lost.
    unknown: BTreeSet<Key>,
    statements: usize,
    leases: usize,
    faults: BTreeMap<&'static str, usize>,
}

impl Ledger {
    pub(crate) fn acknowledge(&self, key: Key) {
        self.entries().acknowledged.insert(key);
    }

    pub(crate) fn refuse(&self, key: Key) {
        self.entries().refused.insert(key);
    }

    pub(crate) fn doubt(&self, key: Key) {
        self.entries().unknown.insert(key);
    }

    pub(crate) fn count_lease(&self, statements: usize) {
        let mut entries = self.entries();
        entries.leases += 1;
        entries.statements += statements;
    }

    pub(crate) fn count_fault(&self, fault: &'static str) {
        *self.entries().faults.entry(fault).or_default() += 1;
    }

    pub(crate) fn kinds_of_faults(&self) -> usize {
        self.entries().faults.len()
    }

    /// Compares with the rows of the database.
    ///
    /// # Panics
    /// When an acknowledged row is not there, or one that was refused or never sent is.
    pub(crate) fn check(&self, rows: &BTreeSet<Key>) {
        let entries = self.entries();
        let lost: Vec<_> = entries.acknowledged.difference(rows).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        let ghosts: Vec<_> = entries.refused.intersection(rows).collect();
        assert!(ghosts.is_empty(), "refused and there: {ghosts:?}");
        let strange: Vec<_> = rows
            .iter()
            .filter(|key| !entries.acknowledged.contains(key) && !entries.unknown.contains(key))
            .collect();
        assert!(strange.is_empty(), "nobody wrote {strange:?}");
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries();
        writeln!(f, "leases               {:>8}", entries.leases)?;
        writeln!(f, "statements           {:>8}", entries.statements)?;
        writeln!(f, "acknowledged         {:>8}", entries.acknowledged.len())?;
        writeln!(f, "refused              {:>8}", entries.refused.len())?;
        writeln!(f, "outcome unknown      {:>8}", entries.unknown.len())?;
        for (fault, n) in &entries.faults {
            writeln!(f, "{fault:<20} {n:>8}")?;
        }
        Ok(())
    }
}

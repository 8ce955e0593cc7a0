use std::fmt;

/// What is told after each transaction of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The table, as its Rust path below the schema module.
    pub table: &'static str,
    /// The encrypted column.
    pub column: &'static str,
    /// The pass over the table: rows that others held are met again in the next.
    pub pass: u32,
    /// The counts of the column so far.
    pub tally: Tally,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Progress {
            table,
            column,
            pass,
            tally,
        } = self;
        write!(f, "{table}.{column}, pass {pass}: {tally}")
    }
}

/// Counts of values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Sealed, or in a dry run those that would have been.
    pub done: u64,
    /// Left as they are for a reason that is no fault of theirs.
    pub skipped: u64,
    /// Left as they are because they cannot be opened or read.
    pub failed: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Tally) {
        self.done += other.done;
        self.skipped += other.skipped;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            done,
            skipped,
            failed,
        } = self;
        write!(f, "{done} done, {skipped} skipped, {failed} failed")
    }
}

/// Who is told.
pub(super) type Reporter<'a> = Box<dyn FnMut(&Progress) + Send + 'a>;

/// The counts of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnTally {
    /// The table, as its Rust path below the schema module.
    pub table: &'static str,
    /// The encrypted column.
    pub column: &'static str,
    /// The counts.
    pub tally: Tally,
}

impl fmt::Display for ColumnTally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.table, self.column, self.tally)
    }
}

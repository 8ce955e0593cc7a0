use std::fmt;

use tenancy_core::erasure::StepKind;

/// What is told after each transaction of an erasure, and after each target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub kind: StepKind,
    /// To what: a table with its schema, the name of a target.
    pub name: String,
    /// How much of it has been done in this run.
    pub done: u64,
    /// How much there was when the run began, where that is known.
    pub total: Option<u64>,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.kind.as_str(), self.name, self.done)?;
        match self.total {
            Some(total) => write!(f, " of {total}"),
            None => Ok(()),
        }
    }
}

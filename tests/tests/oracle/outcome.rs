//! What a statement did, in a form that two connections can be compared by.

use std::fmt::Debug;

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};

/// The answer to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Rows(Vec<String>),
    Count(usize),
    /// An error, by kind: its text names constraints, which differ.
    Refused(String),
    /// This kind of connection does not have the statement.
    NotThere,
}

impl Outcome {
    pub fn rows<R: Debug>(result: QueryResult<Vec<R>>) -> Self {
        match result {
            Ok(rows) => Outcome::Rows(rows.iter().map(|row| format!("{row:?}")).collect()),
            Err(error) => Self::refused(&error),
        }
    }

    pub fn count(result: QueryResult<usize>) -> Self {
        match result {
            Ok(count) => Outcome::Count(count),
            Err(error) => Self::refused(&error),
        }
    }

    fn refused(error: &Error) -> Self {
        Outcome::Refused(match error {
            Error::DatabaseError(DatabaseErrorKind::Unknown, info) => info.message().to_owned(),
            Error::DatabaseError(kind, _) => format!("{kind:?}"),
            Error::QueryBuilderError(source) => source.to_string(),
            other => other.to_string(),
        })
    }

    /// Rows without an order compare as multisets.
    pub fn normal(self, ordered: bool) -> Self {
        match self {
            Outcome::Rows(mut rows) if !ordered => {
                rows.sort_unstable();
                Outcome::Rows(rows)
            }
            other => other,
        }
    }

    /// Whether the answers are the same. With `refusals_differ`, two errors are.
    pub fn agrees(&self, other: &Self, refusals_differ: bool) -> bool {
        let refused = |outcome: &Self| matches!(outcome, Outcome::Refused(_));
        self == other
            || *self == Outcome::NotThere
            || (refusals_differ && refused(self) && refused(other))
    }

    /// Whether the statement found nothing to do, or was refused.
    pub fn did_nothing(&self) -> bool {
        match self {
            Outcome::Rows(rows) => rows.is_empty(),
            Outcome::Count(count) => *count == 0,
            Outcome::Refused(_) | Outcome::NotThere => true,
        }
    }
}

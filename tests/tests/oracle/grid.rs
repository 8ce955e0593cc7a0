//! What the statements of a run covered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What a statement can have more than one kind of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    Statement,
    Class,
    Join,
    Alias,
    Subquery,
    SetOperation,
    Predicate,
}

use Dimension::{Alias, Class, Join, Predicate, SetOperation, Statement, Subquery};

const STATEMENTS: [&str; 5] = ["select", "insert", "upsert", "update", "delete"];

/// The columns of the grid.
const COLUMNS: [(Dimension, &[&str]); 6] = [
    (
        Class,
        &[
            "tenant", "root", "via", "shared", "schema", "one row", "excluded",
        ],
    ),
    (
        Join,
        &["none", "inner", "left", "nested", "on", "on true", "shared"],
    ),
    (Alias, &["none", "self join", "three deep", "sub-query"]),
    (
        Subquery,
        &[
            "none",
            "eq_any",
            "ne_all",
            "exists",
            "not exists",
            "correlated",
            "value",
            "set",
            "nested",
        ],
    ),
    (
        SetOperation,
        &[
            "none",
            "union",
            "union all",
            "intersect",
            "intersect all",
            "except",
            "except all",
        ],
    ),
    (
        Predicate,
        &[
            "none", "key", "text", "null", "tenant", "always", "raw", "or", "not", "find", "model",
            "boxed",
        ],
    ),
];

/// What one statement contains.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marks(BTreeSet<(Dimension, &'static str)>);

impl Marks {
    pub fn insert(&mut self, dimension: Dimension, value: &'static str) {
        self.0.insert((dimension, value));
    }

    pub fn has(&self, dimension: Dimension, value: &'static str) -> bool {
        self.0.contains(&(dimension, value))
    }

    /// What was not marked is absent.
    fn complete(mut self) -> Self {
        for (dimension, values) in COLUMNS {
            if !self.0.iter().any(|(d, _)| *d == dimension) {
                self.0.insert((dimension, values[0]));
            }
        }
        self
    }
}

/// The statements of a run, counted.
#[derive(Debug, Default)]
pub struct Grid {
    cells: BTreeMap<(&'static str, Dimension, &'static str), usize>,
    combinations: BTreeSet<Marks>,
}

impl Grid {
    pub fn add(&mut self, marks: Marks) {
        let marks = marks.complete();
        for statement in STATEMENTS {
            if marks.has(Statement, statement) {
                for &(dimension, value) in &marks.0 {
                    *self.cells.entry((statement, dimension, value)).or_default() += 1;
                }
            }
        }
        self.combinations.insert(marks);
    }

    pub fn combinations(&self) -> usize {
        self.combinations.len()
    }

    /// The cells that the generator claims to fill and did not.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for statement in STATEMENTS {
            for (dimension, values) in COLUMNS {
                for value in values {
                    if claimed(statement, dimension, value)
                        && !self.cells.contains_key(&(statement, dimension, value))
                    {
                        missing.push(format!("{statement} x {dimension:?} {value}"));
                    }
                }
            }
        }
        missing
    }
}

/// Which cells there can be.
fn claimed(statement: &str, dimension: Dimension, value: &str) -> bool {
    match (statement, dimension) {
        ("select", Predicate) => value != "boxed",
        ("select", _) => true,
        (_, Class) => !matches!(value, "shared" | "excluded"),
        ("insert", Join) => matches!(value, "none" | "inner"),
        ("insert", Alias) => matches!(value, "none" | "sub-query"),
        ("insert", Predicate) => matches!(value, "none" | "key" | "text" | "tenant" | "or" | "not"),
        ("insert", _) => value == "none",
        ("upsert", Subquery) => matches!(value, "none" | "eq_any"),
        ("upsert", Predicate) => !matches!(value, "find" | "model" | "boxed"),
        ("upsert", _) => value == "none",
        (_, Join | SetOperation) => value == "none",
        ("update", Subquery) => value != "nested",
        (_, Alias) => matches!(value, "none" | "sub-query"),
        (_, Subquery) => !matches!(value, "value" | "nested"),
        _ => true,
    }
}

impl std::fmt::Display for Grid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (dimension, values) in COLUMNS {
            let mut head = format!("{:<13}", format!("{dimension:?}"));
            for value in values {
                write!(head, " {value:>13}")?;
            }
            writeln!(f, "{head}")?;
            for statement in STATEMENTS {
                write!(f, "  {statement:<11}")?;
                for value in values {
                    match self.cells.get(&(statement, dimension, *value)) {
                        Some(count) => write!(f, " {count:>13}")?,
                        None if claimed(statement, dimension, value) => write!(f, " {:>13}", 0)?,
                        None => write!(f, " {:>13}", "-")?,
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

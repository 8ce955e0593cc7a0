use std::fmt;

use tenancy_core::erasure::{Amount, StepKind};

use super::layout::{Layout, Subject};

/// What an erasure will do, and how much that is now. Nothing has been changed yet.
///
/// `Display` is a table of it, without the tenant.
#[derive(Clone)]
#[must_use = "a plan erases nothing"]
pub struct Plan<Id> {
    pub(super) tenant: Id,
    pub(super) layout: Layout,
    /// By table of the layout.
    pub(super) rows: Vec<u64>,
    pub(super) targets: Vec<(String, Amount)>,
    pub(super) shreds: bool,
    pub(super) unfinished: Option<String>,
}

/// A table in a [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedTable<'a> {
    /// The table with its schema.
    pub name: &'a str,
    /// [`StepKind::Rows`] where rows are deleted, [`StepKind::Anonymised`] where they stay.
    pub kind: StepKind,
    /// How many rows there is something to do about.
    pub rows: u64,
}

impl<Id> Plan<Id> {
    /// Whose data it is.
    pub fn tenant(&self) -> &Id {
        &self.tenant
    }

    /// The tables, in the order in which they are dealt with: the anonymised ones first, and then those
    /// that point to others before those.
    pub fn tables(&self) -> impl Iterator<Item = PlannedTable<'_>> {
        let erased = self.layout.groups.iter().flat_map(|group| &group.tables);
        self.layout.changed.iter().chain(erased).map(|&place| {
            let table = &self.layout.tables[place];
            PlannedTable {
                name: &table.shown,
                kind: table.step(),
                rows: self.rows[place],
            }
        })
    }

    /// The tables that are left as they are, with the reasons.
    pub fn left(&self) -> impl Iterator<Item = (&str, &str)> {
        let left = self.layout.left.iter();
        left.map(|(table, reason)| (table.as_str(), reason.as_str()))
    }

    /// What the targets hold.
    pub fn targets(&self) -> impl Iterator<Item = (&str, Amount)> {
        self.targets
            .iter()
            .map(|(name, amount)| (name.as_str(), *amount))
    }

    /// How many rows there is something to do about, in all tables.
    pub fn rows(&self) -> u64 {
        self.rows.iter().sum()
    }

    /// Whether neither the tables nor the targets hold anything: the id may be mistyped, or the tenant was
    /// erased before. Keys are not counted.
    pub fn is_empty(&self) -> bool {
        self.rows() == 0 && self.targets.iter().all(|(_, amount)| amount.items == 0)
    }

    /// The id of an erasure of the tenant that was begun and not finished. Executing this plan goes on with
    /// it.
    pub fn unfinished(&self) -> Option<&str> {
        self.unfinished.as_deref()
    }
}

impl Subject {
    pub(super) fn step(&self) -> StepKind {
        if self.fields.is_empty() {
            StepKind::Rows
        } else {
            StepKind::Anonymised
        }
    }
}

impl<Id> fmt::Debug for Plan<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("rows", &self.rows())
            .field("unfinished", &self.unfinished)
            .finish_non_exhaustive()
    }
}

impl<Id> fmt::Display for Plan<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<(String, String, String)> = Vec::new();
        for table in self.tables() {
            let what = match table.kind {
                StepKind::Anonymised => "rows anonymised",
                _ => "rows deleted",
            };
            lines.push((
                table.name.to_owned(),
                table.rows.to_string(),
                what.to_owned(),
            ));
        }
        for (name, amount) in self.targets() {
            lines.push((
                name.to_owned(),
                amount.items.to_string(),
                "items erased".to_owned(),
            ));
        }
        if self.shreds {
            lines.push(("keys".to_owned(), String::new(), "shredded".to_owned()));
        }
        for (table, reason) in self.left() {
            lines.push((table.to_owned(), String::new(), format!("left: {reason}")));
        }
        let width = |text: fn(&(String, String, String)) -> usize| lines.iter().map(text).max();
        let names = width(|line| line.0.chars().count()).unwrap_or(0);
        let counts = width(|line| line.1.len()).unwrap_or(0);
        for (name, count, what) in &lines {
            writeln!(f, "{name:names$}  {count:>counts$}  {what}")?;
        }
        if let Some(erasure) = &self.unfinished {
            writeln!(f, "goes on with erasure {erasure}")?;
        }
        Ok(())
    }
}

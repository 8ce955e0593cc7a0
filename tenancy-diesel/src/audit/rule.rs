//! A rule of the auditor.

use std::fmt;

use super::Severity;
use super::context::Context;
use super::report::Found;

/// What the auditor holds a database to.
///
/// [`rules`](super::rules) lists all of them.
#[derive(Clone, Copy)]
pub struct Rule {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) why: &'static str,
    pub(super) severity: Severity,
    pub(super) subject: Subject,
    /// Whether a pool asks it before it hands out scopes.
    pub(super) boot: bool,
    pub(super) check: fn(&Context<'_>, &mut Found<'_>),
}

/// What a rule is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// Each table that holds rows of tenants.
    Table,
    /// The server, a role, or another object that belongs to no single table.
    Database,
    /// The rows themselves. Only [`Audit::read_rows`](super::Audit::read_rows) asks it.
    Rows,
}

impl Rule {
    /// The stable name, such as `rls-not-forced`. It is never given to another rule.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What is wrong, in a few words.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Why it matters: who reads whose row because of it.
    pub fn why(&self) -> &'static str {
        self.why
    }

    /// How bad it is, where nothing else about the finding makes it better or worse.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What it is asked of.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// Whether a pool refuses a database that breaks it.
    pub fn is_asked_at_boot(&self) -> bool {
        self.boot
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.id).finish()
    }
}

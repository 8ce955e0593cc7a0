//! What a rule found.

use std::fmt;

use super::Rule;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing. Isolation does not depend on it.
    Info,
    /// One of the two layers is thinner than it should be, or something is slow because of it.
    Warning,
    /// A row can reach another tenant, or nothing is left between them but one layer.
    Error,
}

impl Severity {
    /// `info`, `warning` or `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The kind of an [`Object`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// The server.
    Server,
    /// The database.
    Database,
    /// A schema.
    Schema,
    /// A role.
    Role,
    /// A table, partitioned or not.
    Table,
    /// A column.
    Column,
    /// A policy.
    Policy,
    /// A constraint.
    Constraint,
    /// An index.
    Index,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A foreign table.
    ForeignTable,
    /// A sequence.
    Sequence,
    /// A function or procedure.
    Function,
    /// A trigger.
    Trigger,
    /// A rule that rewrites statements.
    Rule,
    /// A publication.
    Publication,
    /// A domain or another type.
    Type,
    /// A setting.
    Setting,
}

impl ObjectKind {
    /// As PostgreSQL's commands name it, in lower case: `materialized view`.
    pub const fn name(self) -> &'static str {
        match self {
            ObjectKind::Server => "server",
            ObjectKind::Database => "database",
            ObjectKind::Schema => "schema",
            ObjectKind::Role => "role",
            ObjectKind::Table => "table",
            ObjectKind::Column => "column",
            ObjectKind::Policy => "policy",
            ObjectKind::Constraint => "constraint",
            ObjectKind::Index => "index",
            ObjectKind::View => "view",
            ObjectKind::MaterializedView => "materialized view",
            ObjectKind::ForeignTable => "foreign table",
            ObjectKind::Sequence => "sequence",
            ObjectKind::Function => "function",
            ObjectKind::Trigger => "trigger",
            ObjectKind::Rule => "rule",
            ObjectKind::Publication => "publication",
            ObjectKind::Type => "type",
            ObjectKind::Setting => "setting",
        }
    }
}

/// Something in the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name as SQL writes it, with its schema: `public.projects`. A part of a table comes with its
    /// table: `projects_pkey on public.projects`; a column is `public.projects.name`.
    pub name: String,
}

impl Object {
    pub(super) fn new(kind: ObjectKind, name: impl Into<String>) -> Self {
        Object {
            kind,
            name: name.into(),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.name)
    }
}

/// Something that is wrong.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that is broken: its id, and why it matters.
    pub rule: &'static Rule,
    /// How bad it is. Often the rule's own severity.
    pub severity: Severity,
    /// What is wrong.
    pub object: Object,
    /// The table of tenants that it concerns, `public.projects`, where it concerns one.
    pub table: Option<String>,
    /// What the catalog says, in one sentence.
    pub evidence: String,
    /// The SQL that mends it, to be read before it is run. Absent where a person has to decide.
    pub mend: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}[{}] {}", self.severity, self.rule.id(), self.object)?;
        writeln!(f, "  {}", self.evidence)?;
        writeln!(f, "  {}", self.rule.why())?;
        let Some(mend) = &self.mend else {
            return Ok(());
        };
        for line in mend.lines() {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

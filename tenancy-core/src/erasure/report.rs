use std::fmt;

use super::Amount;
use crate::CanonicalTenant;

/// What one erasure did: the record that the operator keeps when the data is gone.
///
/// It names the tenant, because it has to prove whose data was erased, and it holds nothing else of what
/// was erased. Keep it where only those read it who answer for erasures. Times are those of the database,
/// in UTC, as `2026-11-25T22:40:12.123456Z`.
///
/// With the feature `erasure` it is read and written as JSON.
///
/// ```
/// use tenancy_core::CanonicalTenant;
/// use tenancy_core::erasure::{Amount, Report, Step, StepKind};
///
/// let mut report = Report::new(
///     "0a6f2b64-5b0e-4d0e-8f4e-2f1f5a3a9d11",
///     CanonicalTenant::from_text("acme")?,
///     "2026-11-25T22:40:12.123456Z",
/// );
/// report.steps.push(Step::new(StepKind::Rows, "public.projects", Amount::items(12)));
/// assert_eq!(report.items(StepKind::Rows), 12);
/// assert!(!report.is_finished());
/// # Ok::<(), tenancy_core::InvalidTenantId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "erasure", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Report {
    /// The form of this record, [`Report::FORMAT`] when this release has written it.
    pub format: u32,
    /// The id of the erasure, a UUID as text. Running it again after it was cut off keeps the id.
    pub erasure: String,
    /// Whose data it was.
    #[cfg_attr(feature = "erasure", serde(with = "tenant_text"))]
    pub tenant: CanonicalTenant,
    /// Who asked for it, for people to read.
    pub actor: String,
    /// Why, for people to read.
    pub reason: String,
    /// The database, as it names itself.
    pub database: String,
    /// The role under which the rows were deleted.
    pub role: String,
    /// When it began.
    pub started: String,
    /// When the verification had found nothing left. Empty until then.
    pub finished: String,
    /// What was done, in the order in which it was finished.
    pub steps: Vec<Step>,
    /// What the caller decided to leave as it is.
    pub left: Vec<Left>,
    /// How many tables were looked through at the end, none of which held a row of the tenant.
    pub verified_tables: u64,
    /// What still holds data of the tenant, and until when or how it goes.
    pub copies: Vec<String>,
}

/// One step of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "erasure", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Step {
    /// What was done.
    pub kind: StepKind,
    /// To what: a table with its schema, the name of a target.
    pub name: String,
    /// How much.
    pub amount: Amount,
    /// When the step began, the first time.
    pub started: String,
    /// When it was finished.
    pub finished: String,
}

/// What a [`Step`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "erasure",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum StepKind {
    /// Rows of a table were deleted.
    Rows,
    /// Rows of a table stay, and their personal fields were replaced.
    Anonymised,
    /// A [`Target`](super::Target) outside of the tables was erased.
    Target,
    /// The keys of the tenant were shredded.
    Keys,
}

/// A table with rows of the tenant that the caller decided to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "erasure", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Left {
    /// The table with its schema.
    pub table: String,
    /// Why.
    pub reason: String,
    /// How many rows it holds, where the role of the erasure may see them.
    pub rows: Option<u64>,
}

impl Report {
    /// The form that this release writes.
    pub const FORMAT: u32 = 1;

    /// The record of an erasure that begins.
    pub fn new(
        erasure: impl Into<String>,
        tenant: CanonicalTenant,
        started: impl Into<String>,
    ) -> Self {
        Report {
            format: Report::FORMAT,
            erasure: erasure.into(),
            tenant,
            actor: String::new(),
            reason: String::new(),
            database: String::new(),
            role: String::new(),
            started: started.into(),
            finished: String::new(),
            steps: Vec::new(),
            left: Vec::new(),
            verified_tables: 0,
            copies: Vec::new(),
        }
    }

    /// Whether the verification found nothing left.
    pub fn is_finished(&self) -> bool {
        !self.finished.is_empty()
    }

    /// How much all steps of this kind did together.
    pub fn items(&self, kind: StepKind) -> u64 {
        let steps = self.steps.iter().filter(|step| step.kind == kind);
        steps.fold(0, |sum, step| sum.saturating_add(step.amount.items))
    }

    /// The record as JSON on one line, with its fields in a fixed order.
    ///
    /// Equal records have equal texts. What proves a record is the text that was signed and not one that is
    /// written again from what was read, because another release may have other fields.
    ///
    /// # Errors
    /// As `serde_json` has them; a record has nothing that JSON cannot hold.
    #[cfg(feature = "erasure")]
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads what [`to_json`](Self::to_json) has written.
    ///
    /// # Errors
    /// When it is no record, or names a tenant that cannot be one.
    #[cfg(feature = "erasure")]
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl Step {
    /// A step without its times.
    pub fn new(kind: StepKind, name: impl Into<String>, amount: Amount) -> Self {
        Step {
            kind,
            name: name.into(),
            amount,
            started: String::new(),
            finished: String::new(),
        }
    }
}

impl Left {
    /// A table that is left as it is.
    pub fn new(table: impl Into<String>, reason: impl Into<String>, rows: Option<u64>) -> Self {
        Left {
            table: table.into(),
            reason: reason.into(),
            rows,
        }
    }
}

impl StepKind {
    /// The word for it in a ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            StepKind::Rows => "rows",
            StepKind::Anonymised => "anonymised",
            StepKind::Target => "target",
            StepKind::Keys => "keys",
        }
    }
}

/// For the operator who ran it. It does not show the tenant: whoever prints it knows whose data it was.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_finished() {
            "finished"
        } else {
            "not finished"
        };
        writeln!(f, "erasure {}, {state}", self.erasure)?;
        for step in &self.steps {
            let what = match step.kind {
                StepKind::Rows => "rows deleted",
                StepKind::Anonymised => "rows anonymised",
                StepKind::Target => "items erased",
                StepKind::Keys => "keys shredded",
            };
            writeln!(f, "  {}: {} {what}", step.name, step.amount.items)?;
        }
        for left in &self.left {
            writeln!(f, "  {}: left, {}", left.table, left.reason)?;
        }
        for copy in &self.copies {
            writeln!(f, "  still holds data: {copy}")?;
        }
        Ok(())
    }
}

#[cfg(feature = "erasure")]
mod tenant_text {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::CanonicalTenant;

    pub(super) fn serialize<S: Serializer>(
        tenant: &CanonicalTenant,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(tenant.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<CanonicalTenant, D::Error> {
        let text = String::deserialize(deserializer)?;
        CanonicalTenant::from_text(&text).map_err(de::Error::custom)
    }
}

#[cfg(feature = "erasure")]
#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let tenant = CanonicalTenant::from_text("acme").unwrap();
        let mut report = Report::new("e-1", tenant, "2026-11-25T22:40:12.123456Z");
        report.steps.push(Step::new(
            StepKind::Rows,
            "public.projects",
            Amount::items(12),
        ));
        report
            .steps
            .push(Step::new(StepKind::Target, "files", Amount::sized(3, 4096)));
        report
            .left
            .push(Left::new("public.legacy_events", "moves in Q3", None));
        report
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let text = report().to_json().unwrap();
        let read = Report::from_json(&text).unwrap();
        assert_eq!(read, report());
        assert_eq!(read.to_json().unwrap(), text);
    }

    #[test]
    fn a_record_of_a_tenant_that_cannot_be_is_refused() {
        let text = report().to_json().unwrap();
        assert!(text.contains(r#""tenant":"acme""#));
        assert!(Report::from_json(&text.replace("acme", "")).is_err());
        assert!(Report::from_json(&text.replace("acme", r"a\u0000b")).is_err());
    }

    #[test]
    fn what_is_printed_does_not_name_the_tenant() {
        assert!(!report().to_string().contains("acme"));
        assert!(!format!("{:?}", report()).contains("acme"));
    }
}

//! What an attack found.

use std::fmt;

/// Something that the application role tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Attack {
    /// Not an attack: a table of the registry is not in the database.
    Missing,
    /// Not an attack: no row could be made for a table, so that nothing could be tried on it.
    NoRow,
    /// Not an attack: a tenant does not see its own row, so that refusals prove nothing.
    OwnRow,
    /// Not an attack: a table looks like one of tenants, and the registry does not know it.
    Unregistered,
    /// Not an attack: the probe was told about an object that is not there.
    UnknownObject,
    /// Being, or becoming, a role to which row-level security does not apply.
    Role,
    /// A partition or child table that the role may use, without row-level security of its own.
    NoPolicies,
    /// TRIGGER or REFERENCES on a scoped table: code in other tenants' statements, or a question about
    /// their keys.
    Privileges,
    /// A shared table that the role may write, so that one tenant changes what all read.
    SharedWrite,
    /// `SELECT *` without WHERE, or what a view answers.
    Select,
    /// `SELECT count(*)`.
    Count,
    /// `SELECT` by the other tenant's key.
    SelectByKey,
    /// `UPDATE` without WHERE.
    Update,
    /// `UPDATE` by the other tenant's key.
    UpdateByKey,
    /// `DELETE` without WHERE.
    Delete,
    /// `DELETE` by the other tenant's key.
    DeleteByKey,
    /// `INSERT` of a row that belongs to the other tenant.
    Insert,
    /// `INSERT .. ON CONFLICT DO UPDATE` that meets the other tenant's key.
    Upsert,
    /// `UPDATE` that gives an own row to the other tenant.
    Move,
    /// `INSERT` of an own row whose foreign key names the other tenant's row.
    ForeignKey,
    /// A write of an own row, whose triggers change the other tenant's.
    OwnWrite,
    /// `TRUNCATE`.
    Truncate,
    /// A call whose answer depends on the other tenant's rows.
    CallReads,
    /// A call that changes the other tenant's rows.
    CallWrites,
}

impl Attack {
    fn title(self) -> &'static str {
        match self {
            Attack::Missing => "the registry",
            Attack::NoRow => "making a row",
            Attack::OwnRow => "SELECT of the tenant's own row",
            Attack::Unregistered => "the catalog",
            Attack::UnknownObject => "the probe's own settings",
            Attack::Role => "the role",
            Attack::NoPolicies | Attack::SharedWrite | Attack::Privileges => "privileges",
            Attack::OwnWrite => "writing an own row",
            Attack::Select => "SELECT without WHERE",
            Attack::Count => "SELECT count(*)",
            Attack::SelectByKey => "SELECT by key",
            Attack::Update => "UPDATE without WHERE",
            Attack::UpdateByKey => "UPDATE by key",
            Attack::Delete => "DELETE without WHERE",
            Attack::DeleteByKey => "DELETE by key",
            Attack::Insert => "INSERT for the other tenant",
            Attack::Upsert => "INSERT .. ON CONFLICT DO UPDATE",
            Attack::Move => "UPDATE that moves a row to the other tenant",
            Attack::ForeignKey => "INSERT that points at the other tenant's row",
            Attack::Truncate => "TRUNCATE",
            Attack::CallReads => "reading through a call",
            Attack::CallWrites => "writing through a call",
        }
    }

    fn remedy(self, kind: ObjectKind) -> &'static str {
        match (self, kind) {
            (Attack::Missing, _) => {
                "Run the migration that creates the table, or print the schema again."
            }
            (Attack::NoRow, _) => {
                "Give the columns that are refused a value with `IsolationProbe::value`, or exclude \
                 the table with a reason."
            }
            (Attack::OwnRow, _) => {
                "Check that the policies read the registry's variable and are written for this role. \
                 Other variables that they read are set with `IsolationProbe::variable`."
            }
            (Attack::Unregistered, _) => {
                "Declare the table in `tenant_schema!`, or exclude it here with a reason."
            }
            (Attack::UnknownObject, _) => "Take the setting away, or mend its name.",
            (Attack::Role, _) => {
                "Connect as a role that owns nothing, is a member of nothing, and has neither \
                 SUPERUSER nor BYPASSRLS; `bootstrap_sql` creates one."
            }
            (Attack::NoPolicies, _) => {
                "Revoke the privileges on the partition or child; the parent's are enough."
            }
            (Attack::Privileges, _) => {
                "Revoke TRIGGER and REFERENCES; reading and writing need neither."
            }
            (Attack::SharedWrite, _) => {
                "Grant SELECT alone, or declare whose rows the table holds."
            }
            (Attack::OwnWrite, _) => {
                "Make the table's trigger functions SECURITY INVOKER, or let them name the tenant."
            }
            (Attack::Truncate, _) => "Revoke TRUNCATE; row-level security does not apply to it.",
            (Attack::ForeignKey, _) => {
                "Let the foreign key lead with the tenant column: foreign-key checks see all rows."
            }
            (Attack::Select, ObjectKind::MaterializedView) => {
                "Revoke it from the application: a materialized view has no row-level security. Show \
                 it through a view that filters by the session's tenant."
            }
            (_, ObjectKind::View) => {
                "Create the view WITH (security_invoker = true), so that the policies of the one who \
                 asks apply."
            }
            (_, ObjectKind::Function) => {
                "Make the function SECURITY INVOKER, revoke EXECUTE, or exclude it with a reason."
            }
            (_, ObjectKind::Child) => {
                "Revoke the privileges on the partition or child; the parent's policies do not apply \
                 to it."
            }
            (_, _) => {
                "Enable and FORCE row-level security with the policies that `policy_sql` writes, and \
                 drop other permissive ones."
            }
        }
    }
}

/// What was attacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// A table.
    Table,
    /// A partition or inheritance child of a scoped table.
    Child,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A function or procedure.
    Function,
    /// A role.
    Role,
}

/// Whose session the attack ran in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Session {
    /// The variable had never been set.
    Unset,
    /// The variable named the attacking tenant.
    Tenant,
    /// The variable was the empty text, as after the end of a scope.
    Empty,
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Session::Unset => "without a tenant",
            Session::Tenant => "as a tenant",
            Session::Empty => "with the variable empty",
        })
    }
}

/// An attack that got through, or something that kept the probe from trying.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The object: a path of the registry, or a name with its PostgreSQL schema.
    pub object: String,
    /// What the object is.
    pub kind: ObjectKind,
    /// The attack.
    pub attack: Attack,
    /// In which sessions it got through. Empty where that makes no difference.
    pub sessions: Vec<Session>,
    /// What got through. It holds no value of any row.
    pub what: String,
}

impl Finding {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.attack.remedy(self.kind)
    }
}

/// One line, without the object and the remedy.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.attack.title())?;
        match self.sessions.as_slice() {
            [] => {}
            [_, _, _] => f.write_str(" (in every session)")?,
            some => {
                let some: Vec<String> = some.iter().map(ToString::to_string).collect();
                write!(f, " ({})", some.join(", "))?;
            }
        }
        write!(f, ": {}", self.what)
    }
}

/// An object that the probe could not try, or only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotAttacked {
    /// The object.
    pub object: String,
    /// Why.
    pub why: String,
}

/// What a run of the probe found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IsolationReport {
    /// What got through. Empty when the database is sound as far as the probe can tell.
    pub findings: Vec<Finding>,
    /// What could not be tried.
    pub not_attacked: Vec<NotAttacked>,
    /// What was left out on purpose, with the reason.
    pub excluded: Vec<(String, String)>,
    /// How many attacks were made.
    pub attacks: usize,
}

impl IsolationReport {
    /// Whether nothing got through.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// The finding about an object and an attack.
    #[must_use]
    pub fn finding(&self, object: &str, attack: Attack) -> Option<&Finding> {
        self.findings
            .iter()
            .find(|finding| finding.object == object && finding.attack == attack)
    }

    /// The same leak in another session is one finding.
    pub(super) fn add(
        &mut self,
        object: &str,
        kind: ObjectKind,
        attack: Attack,
        session: Option<Session>,
        what: impl Into<String>,
    ) {
        let known = self
            .findings
            .iter_mut()
            .find(|known| known.object == object && known.attack == attack);
        match known {
            Some(known) => known
                .sessions
                .extend(session.filter(|session| !known.sessions.contains(session))),
            None => self.findings.push(Finding {
                object: object.to_owned(),
                kind,
                attack,
                sessions: session.into_iter().collect(),
                what: what.into(),
            }),
        }
    }

    pub(super) fn skip(&mut self, object: &str, why: impl Into<String>) {
        let skipped = NotAttacked {
            object: object.to_owned(),
            why: why.into(),
        };
        if !self.not_attacked.contains(&skipped) {
            self.not_attacked.push(skipped);
        }
    }
}

/// The findings by object, with what to do, and then what was not attacked.
impl fmt::Display for IsolationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (attacks, findings) = (self.attacks, self.findings.len());
        write!(f, "{findings} findings in {attacks} attacks")?;
        let mut objects: Vec<&str> = Vec::new();
        for finding in &self.findings {
            if !objects.contains(&finding.object.as_str()) {
                objects.push(&finding.object);
            }
        }
        for object in objects {
            write!(f, "\n\n{object}")?;
            let mut remedies: Vec<&str> = Vec::new();
            for finding in self
                .findings
                .iter()
                .filter(|finding| finding.object == object)
            {
                write!(f, "\n  - {finding}")?;
                if !remedies.contains(&finding.remedy()) {
                    remedies.push(finding.remedy());
                }
            }
            for remedy in remedies {
                write!(f, "\n  {remedy}")?;
            }
        }
        list(
            f,
            "not attacked",
            self.not_attacked.iter().map(|n| (&n.object, &n.why)),
        )?;
        list(
            f,
            "left out",
            self.excluded
                .iter()
                .map(|(object, reason)| (object, reason)),
        )
    }
}

fn list<'r>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    lines: impl Iterator<Item = (&'r String, &'r String)>,
) -> fmt::Result {
    for (n, (object, why)) in lines.enumerate() {
        if n == 0 {
            write!(f, "\n\n{title}")?;
        }
        write!(f, "\n  - {object}: {why}")?;
    }
    Ok(())
}

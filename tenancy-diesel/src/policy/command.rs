//! Which policies a scoped table has, and for which commands.

use tenancy_core::quote_identifier;

use super::PolicyOptions;
use super::name::list;
use super::predicate::{ADMIN, GUARD, SCOPE};

/// The command that a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    All,
    Select,
    Insert,
    Update,
    Delete,
}

impl Command {
    const EACH: [Command; 4] = [
        Command::Select,
        Command::Insert,
        Command::Update,
        Command::Delete,
    ];

    pub(crate) const fn keyword(self) -> &'static str {
        match self {
            Command::All => "ALL",
            Command::Select => "SELECT",
            Command::Insert => "INSERT",
            Command::Update => "UPDATE",
            Command::Delete => "DELETE",
        }
    }

    /// As `pg_policy.polcmd` has it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Command::All => "*",
            Command::Select => "r",
            Command::Insert => "a",
            Command::Update => "w",
            Command::Delete => "d",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Command> {
        [Command::All]
            .into_iter()
            .chain(Command::EACH)
            .find(|command| command.code() == code)
    }

    /// Whether a policy for it judges rows that are there. A row that is inserted was not.
    pub(crate) const fn has_using(self) -> bool {
        !matches!(self, Command::Insert)
    }

    /// Whether a policy for it judges rows that are written.
    pub(crate) const fn has_check(self) -> bool {
        matches!(self, Command::All | Command::Insert | Command::Update)
    }
}

/// A policy that confines the application to one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TenantPolicy {
    pub(crate) name: String,
    pub(crate) permissive: bool,
    pub(crate) command: Command,
}

impl TenantPolicy {
    /// Every policy that either form has.
    pub(crate) fn of_both_forms() -> Vec<TenantPolicy> {
        let mut policies = TenantPolicy::of_form(false);
        policies.extend(TenantPolicy::of_form(true));
        policies
    }

    /// The policies that the options ask for, the permissive one before the restrictive one.
    pub(crate) fn wanted(options: &PolicyOptions) -> Vec<TenantPolicy> {
        TenantPolicy::of_form(options.per_command)
    }

    fn of_form(per_command: bool) -> Vec<TenantPolicy> {
        let commands: &[Command] = if per_command {
            &Command::EACH
        } else {
            &[Command::All]
        };
        let mut policies = Vec::new();
        for &command in commands {
            for (base, permissive) in [(SCOPE, true), (GUARD, false)] {
                let name = match command {
                    Command::All => base.to_owned(),
                    one => format!("{base}_{}", one.keyword().to_ascii_lowercase()),
                };
                policies.push(TenantPolicy {
                    name,
                    permissive,
                    command,
                });
            }
        }
        policies
    }

    pub(crate) const fn kind(&self) -> &'static str {
        if self.permissive {
            "PERMISSIVE"
        } else {
            "RESTRICTIVE"
        }
    }

    /// `CREATE POLICY ..`, for the table with this name in SQL.
    pub(crate) fn create(&self, options: &PolicyOptions, table: &str, condition: &str) -> String {
        let mut clauses = Vec::new();
        if self.command.has_using() {
            clauses.push(format!("    USING ({condition})"));
        }
        if self.command.has_check() {
            clauses.push(format!("    WITH CHECK ({condition})"));
        }
        format!(
            "CREATE POLICY {} ON {table} AS {} FOR {} TO {}\n{};\n",
            quote_identifier(&self.name),
            self.kind(),
            self.command.keyword(),
            list(&options.scoped_roles()),
            clauses.join("\n"),
        )
    }
}

/// The names of all policies that this module ever creates.
pub(crate) fn policy_names() -> Vec<String> {
    let mut names: Vec<String> = TenantPolicy::of_both_forms()
        .into_iter()
        .map(|policy| policy.name)
        .collect();
    names.push(ADMIN.to_owned());
    names
}

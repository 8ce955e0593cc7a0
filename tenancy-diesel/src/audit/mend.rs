//! The statements that set the policies of a table right.

use tenancy_core::{Table, quote_identifier};

use super::catalog::{Policy, Relation};
use super::context::Context;
use super::judged::{Judged, is_ours};
use crate::policy::command::{Command, TenantPolicy};
use crate::policy::predicate::{SCOPE, condition};
use crate::{PolicyOptions, policy};

impl Context<'_> {
    /// The statements that set a table's row-level security right, whatever is wrong with it. At boot
    /// nobody knows for which other roles there are policies.
    pub(super) fn security(&self, table: &Table, relation: &Relation) -> Option<String> {
        if self.boot {
            return None;
        }
        let wanted = TenantPolicy::wanted(self.options);
        let is_left = |policy: &&Policy| {
            is_ours(policy) && wanted.iter().all(|wanted| wanted.name != policy.name)
        };
        let left = self.catalog.policies_of(relation).iter().filter(is_left);
        // A mend may have dropped them before.
        let drop = |policy: &Policy| {
            let name = quote_identifier(&policy.name);
            format!("DROP POLICY IF EXISTS {name} ON {};\n", relation.quoted())
        };
        let mut sql: String = left.map(drop).collect();
        sql += &policy::security(self.options, self.registry, table, &relation.quoted());
        Some(sql)
    }

    /// What gives the application its policies on a table on which it has none. At boot only those are
    /// written whose names are free: the others may be for roles that nobody knows.
    pub(super) fn missing_policies(&self, table: &Table, relation: &Relation) -> Option<String> {
        if !self.boot {
            return self.security(table, relation);
        }
        let policies = self.catalog.policies_of(relation);
        let is_taken = |name: &str| policies.iter().any(|policy| policy.name == name);
        let app = self.app().filter(|_| !is_taken(SCOPE))?;
        let options = self.sealed_as_others(PolicyOptions::new().app_role(&app.name));
        let condition = condition(self.registry, table, &options);
        let wanted = TenantPolicy::wanted(&options);
        let missing = wanted.iter().filter(|policy| !is_taken(&policy.name));
        Some(
            missing
                .map(|policy| policy.create(&options, &relation.quoted(), &condition))
                .collect(),
        )
    }

    /// At boot nobody knows the options, but the other policies tell whether tenants are sealed, and the catalog
    /// whether Citus is there.
    fn sealed_as_others(&self, options: PolicyOptions) -> PolicyOptions {
        let reads_sealed = |judged: &Judged<'_>| {
            let using = judged.policy.using.as_ref();
            using.is_some_and(|using| using.contains("tenancy.sealed_tenant("))
        };
        if self.boot && self.judged.iter().any(reads_sealed) {
            options.sealed()
        } else if self.boot && self.catalog.beginning.has_citus {
            options.citus()
        } else {
            options
        }
    }

    /// What gives a policy the tenant's condition, and leaves it to its roles.
    pub(super) fn restored(&self, judged: &Judged<'_>) -> Option<String> {
        let command = Command::from_code(&judged.policy.command)?;
        let condition = condition(
            self.registry,
            judged.table,
            &self.sealed_as_others(self.options.clone()),
        );
        let mut sql = format!(
            "ALTER POLICY {} ON {}",
            quote_identifier(&judged.policy.name),
            judged.relation.quoted()
        );
        if command.has_using() {
            sql += &format!("\n    USING ({condition})");
        }
        if command.has_check() {
            sql += &format!("\n    WITH CHECK ({condition})");
        }
        Some(sql + ";")
    }
}

pub(super) fn drop_policy(relation: &Relation, policy: &Policy) -> String {
    format!(
        "DROP POLICY {} ON {};",
        quote_identifier(&policy.name),
        relation.quoted()
    )
}

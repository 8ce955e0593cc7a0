//! The policies of the tables of tenants, each beside the one that the registry asks for.

use std::collections::HashMap;

use tenancy_core::{Class, Table};

use super::catalog::{Policy, Relation};
use super::context::Context;
use crate::OnMissing;
use crate::policy::deparsed::{Canonical, Difference, Reference, reference_name};
use crate::policy::predicate::{GUARD, SCOPE};

/// A policy, and how it differs.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    pub(super) table: &'static Table,
    pub(super) relation: &'a Relation,
    pub(super) policy: &'a Policy,
    /// How USING differs. Absent without USING.
    pub(super) using: Option<Vec<Difference>>,
    /// How WITH CHECK differs. Absent without WITH CHECK.
    pub(super) check: Option<Vec<Difference>>,
    pub(super) standing: Standing,
}

/// What has to be said about a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is ours, it only narrows, or it is for nobody who is held to a tenant.
    Sound,
    /// It differs, and stands where ours should.
    Differs,
    /// It differs, lets rows through, and stands beside the one that should.
    Extra,
}

impl Judged<'_> {
    /// Whether the policy, a restrictive one, holds a command to one tenant.
    pub(super) fn confines(&self, command: char) -> bool {
        self.covers(command)
            && self
                .parts(command)
                .iter()
                .all(|part| part.is_some_and(keeps))
    }

    /// Whether the policy, a permissive one, lets a command reach more than one tenant. Without a
    /// condition it lets nothing through.
    pub(super) fn lets_through(&self, command: char) -> bool {
        self.covers(command)
            && self
                .parts(command)
                .iter()
                .any(|part| part.is_some_and(|d| !keeps(d)))
    }

    pub(super) fn covers(&self, command: char) -> bool {
        self.policy.command == "*" || self.policy.command.starts_with(command)
    }

    /// The conditions that a command is held to. USING stands in for WITH CHECK where that is absent.
    fn parts(&self, command: char) -> Vec<Option<&[Difference]>> {
        let using = self.using.as_deref();
        let check = self.check.as_deref().or(using);
        match command {
            'a' => vec![check],
            'w' => vec![using, check],
            _ => vec![using],
        }
    }

    /// The differences of USING, or of WITH CHECK where there is no USING.
    pub(super) fn differences(&self) -> Vec<&Difference> {
        let using = self.using.iter().flatten();
        let check = self.check.iter().flatten();
        let mut found: Vec<&Difference> = Vec::new();
        for difference in using.chain(check) {
            if !found.contains(&difference) {
                found.push(difference);
            }
        }
        found
    }

    /// Whether WITH CHECK lets through what USING does not.
    pub(super) fn is_wider_in_check(&self) -> bool {
        self.using.as_deref().is_some_and(<[_]>::is_empty)
            && self.check.as_deref().is_some_and(|check| !check.is_empty())
    }

    /// Whether each condition keeps tenants apart, although it differs.
    pub(super) fn keeps_apart(&self) -> bool {
        [&self.using, &self.check]
            .into_iter()
            .flatten()
            .all(|part| keeps(part))
    }

    /// The differences in words, and the conditions.
    pub(super) fn evidence(&self) -> String {
        let differences: Vec<String> = self.differences().iter().map(ToString::to_string).collect();
        let mut text = differences.join("; ");
        for (word, condition) in [
            ("USING", &self.policy.using),
            ("WITH CHECK", &self.policy.check),
        ] {
            if let Some(condition) = condition {
                let condition: Vec<&str> = condition.split_whitespace().collect();
                text += &format!("; {word} {}", condition.join(" "));
            }
        }
        text
    }

    fn differs(&self) -> bool {
        !self.differences().is_empty()
    }
}

/// Whether a condition keeps tenants apart, although it differs.
fn keeps(differences: &[Difference]) -> bool {
    let narrows = differences.contains(&Difference::Narrower);
    differences.iter().all(|difference| match difference {
        Difference::Narrower
        | Difference::Raises
        | Difference::Hides
        | Difference::EmptyTenant
        | Difference::Unsealed
        | Difference::CastPerRow(_) => true,
        Difference::Function(_) => narrows,
        _ => false,
    })
}

/// The judged policies of relations that are parts of tables, by relation.
type Parts<'a> = HashMap<u32, Vec<Judged<'a>>>;

/// Judges the policies of the tables of tenants; apart from them, those of their partitions, children and
/// parents, as far as the registry does not know these.
pub(super) fn judge<'a>(context: &Context<'a>) -> (Vec<Judged<'a>>, Parts<'a>) {
    let forms = accepted(context);
    let resolve = |table: &Table| {
        let relation = context.find(table)?;
        Some((relation.schema.clone(), relation.name.clone()))
    };
    let base = |table: &Table| {
        let relation = context.find(table)?;
        let column = context.owner_column(table)?;
        Some(context.catalog.column(relation.oid, column)?.base.clone())
    };
    // At boot nobody knows the options.
    let must_be_sealed = !context.boot && context.options.sealed;
    let canonical = Canonical {
        registry: context.registry,
        forms: &forms,
        must_be_sealed,
        is_seal_sound: context.catalog.has_sound_seal(),
        may_be_bare: context.catalog.beginning.has_citus,
        resolve: &resolve,
        base: &base,
    };
    let read = |via| -> Vec<Reference> {
        let references = forms.iter();
        references
            .filter_map(|&form| reference(context, via, form))
            .collect()
    };
    // The reference tables that are read here are those of tenants that are not sealed.
    let references = if must_be_sealed {
        Default::default()
    } else {
        [read(false), read(true)]
    };
    let judge_one = |table: &'static Table, relation: &'a Relation| {
        let is_via = matches!(table.class, Class::Via { .. });
        let owner = match table.class {
            Class::Via { owner, .. } => context.registry.table(owner).and_then(resolve),
            _ => None,
        };
        let differences = |text: &Option<String>| {
            let text = text.as_ref()?;
            let is_reference = references[usize::from(is_via)]
                .iter()
                .any(|reference| reference.is(text, context.registry, table, owner.as_ref()));
            Some(if is_reference {
                Vec::new()
            } else {
                canonical.differences(text, table, &relation.name)
            })
        };
        let policies = context.catalog.policies_of(relation).iter();
        policies
            .map(|policy| Judged {
                table,
                relation,
                policy,
                using: differences(&policy.using),
                check: differences(&policy.check),
                standing: Standing::Sound,
            })
            .collect::<Vec<_>>()
    };
    let (mut tables, mut parts) = (Vec::new(), Parts::new());
    for (table, relation) in context.scoped() {
        let mut policies = judge_one(table, relation);
        rank(context, &mut policies);
        tables.extend(policies);
        let relatives = context.catalog.descendants(relation.oid);
        let relatives = relatives
            .into_iter()
            .chain(context.catalog.ancestors(relation.oid));
        for relative in relatives.filter(|r| context.declared(r.oid).is_none()) {
            parts
                .entry(relative.oid)
                .or_insert_with(|| judge_one(table, relative));
        }
    }
    (tables, parts)
}

/// Says of each policy of a table where it stands.
fn rank(context: &Context<'_>, policies: &mut [Judged<'_>]) {
    // That the application reaches the admin role is found as that.
    let admin = context.admin().map(|role| role.oid);
    let reaches = |judged: &Judged<'_>| {
        let is_admins = admin.is_some_and(|admin| judged.policy.roles == [admin]);
        !is_admins
            && context
                .identities
                .iter()
                .any(|role| context.catalog.is_for(judged.policy, role))
    };
    let has_ours = policies.iter().any(|judged| {
        judged.policy.permissive && reaches(judged) && (is_ours(judged.policy) || !judged.differs())
    });
    for judged in policies {
        if !judged.differs() || !reaches(judged) {
            continue;
        }
        judged.standing = match judged.policy.permissive {
            _ if is_ours(judged.policy) => Standing::Differs,
            true if has_ours => Standing::Extra,
            true => Standing::Differs,
            // Whatever it says, it only takes rows away.
            false => Standing::Sound,
        };
    }
}

/// Whether a policy has a name that `policy_sql` gives: `tenancy_scope`, `tenancy_guard`, or one of these
/// and a command.
pub(super) fn is_ours(policy: &Policy) -> bool {
    is_of(policy, SCOPE) || is_of(policy, GUARD)
}

/// Whether a policy has this name, alone or with a command.
pub(super) fn is_of(policy: &Policy, name: &str) -> bool {
    policy
        .name
        .strip_prefix(name)
        .is_some_and(|rest| ["", "_select", "_insert", "_update", "_delete"].contains(&rest))
}

/// The forms of the condition that the options allow. At boot nobody knows the options.
pub(super) fn accepted(context: &Context<'_>) -> Vec<OnMissing> {
    if context.boot {
        vec![OnMissing::NoRows, OnMissing::Error]
    } else {
        vec![context.options.on_missing]
    }
}

/// The condition of the reference table, where there is one that nobody has changed.
pub(super) fn reference(
    context: &Context<'_>,
    via: bool,
    on_missing: OnMissing,
) -> Option<Reference> {
    let name = reference_name(context.registry.tenant_type, via, on_missing);
    let relation = context.find_in("tenancy", &name)?;
    let policies = context.catalog.policies_of(relation);
    let scope = policies.iter().find(|policy| policy.name == SCOPE)?;
    Reference::read(scope.using.as_deref()?, context.registry)
}

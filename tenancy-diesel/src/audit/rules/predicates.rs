//! In what the condition of a policy differs from the one that the registry asks for.
//!
//! What a condition says is known from what PostgreSQL writes of it. Only what can be shown to be the same
//! passes: a condition that means the same in another form is found as `policy-text-differs`. What a
//! condition hides in a cast or an operator of the application is found so too, and not by its own name.

use super::super::catalog::Function;
use super::super::context::Context;
use super::super::judged::{Judged, Standing, is_ours};
use super::super::mend::drop_policy;
use super::super::report::Found;
use super::{Rule, Severity, Subject};
use crate::policy::deparsed::Difference;

pub(super) const ALWAYS_TRUE: Rule = Rule {
    id: "policy-always-true",
    title: "A policy is true of every row",
    why: "The application reads and writes the rows of all tenants: row-level security is on, and does \
          nothing.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each(context, found, |d| *d == Difference::AlwaysTrue);
    },
};

pub(super) const WIDER: Rule = Rule {
    id: "policy-or-wider",
    title: "A policy has an alternative to the tenant",
    why: "Whoever meets the alternative, by a value in a row or in the session, reads the rows of other \
          tenants.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each(context, found, |d| *d == Difference::Wider);
    },
};

pub(super) const VARIABLE: Rule = Rule {
    id: "policy-wrong-variable",
    title: "A policy reads another variable",
    why: "A scope does not set that variable. Whoever does set it chooses whose rows the application reads, \
          and a value that stays in the session is the next request's tenant.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each(context, found, |d| matches!(d, Difference::Variable(_)));
    },
};

pub(super) const RAISES: Rule = Rule {
    id: "policy-missing-ok",
    title: "A policy fails in a session without a tenant",
    why: "Nobody reads a row because of it. But the options say that a session without a tenant sees no \
          rows, and it gets an error of the server instead.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        each(context, found, |d| *d == Difference::Raises);
    },
};

pub(super) const HIDES: Rule = Rule {
    id: "policy-hides-missing",
    title: "A policy says nothing in a session without a tenant",
    why: "Nobody reads a row because of it. But the options ask for an error, so that a forgotten scope \
          does not look like an empty table.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        each(context, found, |d| *d == Difference::Hides);
    },
};

pub(super) const EMPTY: Rule = Rule {
    id: "policy-empty-tenant",
    title: "A policy takes the empty text for a tenant",
    why: "After its first scope a session holds the empty text. As a uuid or a number that is an error; as \
          a text it is a tenant, and every session without a scope reads its rows.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        each(context, found, |d| *d == Difference::EmptyTenant);
    },
};

pub(super) const PER_ROW: Rule = Rule {
    id: "policy-variable-per-row",
    title: "A policy reads the variable for each row",
    why: "A set_config in the select list changes the tenant in the middle of a scan, and the rest of the \
          rows are those of another tenant. It is also several times slower than a sub-select.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each(context, found, |d| *d == Difference::PerRow);
    },
};

pub(super) const CAST: Rule = Rule {
    id: "policy-cast-per-row",
    title: "A policy casts the tenant outside of the sub-select",
    why: "Nobody reads a row because of it, but the cast is done for each row, and an index may not be \
          used.",
    severity: Severity::Warning,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        each(context, found, |d| matches!(d, Difference::CastPerRow(_)));
    },
};

pub(super) const COLUMN: Rule = Rule {
    id: "policy-wrong-column",
    title: "A policy compares another column than the tenant's",
    why: "The tenant sees the rows that hold its id in that column, whosever they are.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each(context, found, |d| matches!(d, Difference::Column(_)));
    },
};

pub(super) const OWNER: Rule = Rule {
    id: "policy-owner-not-tied",
    title: "A policy does not tie a row to its owner and the owner to the tenant",
    why: "A tenant that has any row among the owners sees the rows of owners that are not its own.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each(context, found, |d| matches!(d, Difference::Owner(_)));
    },
};

pub(super) const IMMUTABLE: Rule = Rule {
    id: "policy-immutable-function",
    title: "A policy calls a function that is marked IMMUTABLE",
    why: "PostgreSQL may call it once, when it plans, and keep the answer: a cached plan then shows the \
          rows of the first tenant to all that follow.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each_function(context, found, |f| f.volatility == "i", |_| "is IMMUTABLE");
    },
};

pub(super) const DEFINER: Rule = Rule {
    id: "policy-definer-function",
    title: "A policy calls a SECURITY DEFINER function",
    why: "It answers as its owner, for whom other policies hold or none. Whoever replaces its text, or \
          plants an object in its search path, decides whose rows all tenants read.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each_function(context, found, |f| f.is_definer, |_| "is SECURITY DEFINER");
    },
};

pub(super) const FUNCTION: Rule = Rule {
    id: "policy-function",
    title: "A policy calls a function of the application",
    why: "Whose rows are seen is said in the function, not in the policy: whoever replaces its text reads \
          all of them. Outside of a sub-select it is called for each row; where it is volatile, it may \
          answer differently for each.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        let other = |f: &Function| f.volatility != "i" && !f.is_definer;
        each_function(context, found, other, |f| match f.volatility.as_str() {
            "v" => "is VOLATILE",
            _ => "decides",
        });
    },
};

pub(super) const UNKNOWN: Rule = Rule {
    id: "policy-text-differs",
    title: "A policy is not the one that the registry asks for",
    why: "What cannot be shown to hold rows of tenants apart has to be taken for a policy that does not.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        each(context, found, |d| {
            matches!(d, Difference::Unknown | Difference::Unsealed)
        });
    },
};

pub(super) const NARROWER: Rule = Rule {
    id: "policy-narrower",
    title: "A policy asks for more than the tenant",
    why: "No other tenant's row is seen because of it. What is asked besides may be called on rows of all \
          tenants, before they are known to be another's.",
    severity: Severity::Info,
    subject: Subject::Table,
    boot: false,
    check: |context, found| {
        each(context, found, |d| *d == Difference::Narrower);
    },
};

pub(super) const CHECK_WIDER: Rule = Rule {
    id: "policy-check-wider",
    title: "WITH CHECK lets through what USING does not",
    why: "The application writes rows into other tenants, or moves its own there, and they see them as \
          theirs.",
    severity: Severity::Error,
    subject: Subject::Table,
    boot: true,
    check: |context, found| {
        for judged in standing(context, Standing::Differs).filter(|j| j.is_wider_in_check()) {
            report(context, found, judged, judged.evidence());
        }
    },
};

fn standing<'c, 'a>(
    context: &'c Context<'a>,
    standing: Standing,
) -> impl Iterator<Item = &'c Judged<'a>> {
    let judged = context.judged.iter();
    judged.filter(move |judged| judged.standing == standing)
}

/// The policies that differ in this way. Those in WITH CHECK alone are another rule's.
fn each(context: &Context<'_>, found: &mut Found<'_>, is: impl Fn(&Difference) -> bool) {
    for judged in standing(context, Standing::Differs).filter(|j| !j.is_wider_in_check()) {
        if judged.differences().into_iter().any(&is) {
            report(context, found, judged, judged.evidence());
        }
    }
}

fn each_function(
    context: &Context<'_>,
    found: &mut Found<'_>,
    is: impl Fn(&Function) -> bool,
    what: impl Fn(&Function) -> &'static str,
) {
    for judged in standing(context, Standing::Differs).filter(|j| !j.is_wider_in_check()) {
        for difference in judged.differences() {
            let Difference::Function(path) = difference else {
                continue;
            };
            let mut functions = context.catalog.functions.iter();
            let function = functions.find(|f| path[..] == [f.schema.as_str(), &f.name] && is(f));
            if let Some(function) = function {
                let evidence = format!(
                    "{} {}; {}",
                    function.object(),
                    what(function),
                    judged.evidence()
                );
                report(context, found, judged, evidence);
            }
        }
    }
}

fn report(context: &Context<'_>, found: &mut Found<'_>, judged: &Judged<'_>, evidence: String) {
    let keeps_apart = judged.keeps_apart();
    let mend = match context.security(judged.table, judged.relation) {
        Some(security) if is_ours(judged.policy) => Some(security),
        Some(security) => Some(format!(
            "{}\n{security}",
            drop_policy(judged.relation, judged.policy)
        )),
        None => context.restored(judged),
    };
    let finding = found.add_to(
        &judged.relation.qualified(),
        Context::policy_object(judged.relation, judged.policy),
        sentence(&evidence),
        mend,
    );
    // A function beside the tenant's condition decides nothing.
    if keeps_apart {
        finding.severity = finding.severity.min(Severity::Warning);
    }
}

/// With a capital at the beginning and a full stop at the end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

//! The comparison itself.

use std::collections::BTreeSet;

use tenancy_core::{Class, Registry, Table, quote_identifier, quote_literal};

use super::read::{Grant, Live, LivePolicy, Relation};
use super::{Differs, PolicyDifference};
use crate::policy::PolicyOptions;
use crate::policy::columns::{self, Form, Index};
use crate::policy::command::{Command, TenantPolicy, policy_names};
use crate::policy::deparsed::Canonical;
use crate::policy::predicate::{ADMIN, condition_of_row};

pub(super) fn differences(
    options: &PolicyOptions,
    registry: &Registry,
    tables: &[&'static Table],
    live: &Live,
) -> Vec<PolicyDifference> {
    let mut found = Vec::new();
    for relation in &live.relations {
        let Some(table) = tables.iter().find(|table| table.path == relation.path) else {
            continue;
        };
        let mut comparison = Comparison {
            options,
            registry,
            table,
            relation,
            live,
            found: &mut found,
        };
        if table.class == Class::Shared {
            if !relation.is_child {
                comparison.privileges();
            }
            continue;
        }
        if !relation.is_foreign {
            comparison.flags();
            comparison.policies();
        }
        comparison.privileges();
        if !relation.is_child {
            comparison.columns();
        }
    }
    found
}

struct Comparison<'a> {
    options: &'a PolicyOptions,
    registry: &'a Registry,
    table: &'a Table,
    relation: &'a Relation,
    live: &'a Live,
    found: &'a mut Vec<PolicyDifference>,
}

/// A policy as it should be.
struct Wanted {
    name: String,
    permissive: bool,
    command: Command,
    roles: Vec<String>,
    create: String,
}

impl Comparison<'_> {
    fn report(&mut self, differs: Differs, up: String, down: String) {
        self.found.push(PolicyDifference {
            table: self.table.path.to_owned(),
            relation: self.relation.display.clone(),
            differs,
            up,
            down,
        });
    }

    fn flags(&mut self) {
        let alter = |change: &str| {
            format!(
                "ALTER TABLE {} {change} ROW LEVEL SECURITY;\n",
                self.relation.display
            )
        };
        let (enable, disable) = (alter("ENABLE"), alter("DISABLE"));
        let (force, no_force) = (alter("FORCE"), alter("NO FORCE"));
        if !self.relation.enabled {
            self.report(Differs::NotEnabled, enable, disable);
        }
        if !self.relation.forced {
            self.report(Differs::NotForced, force, no_force);
        }
    }

    fn policies(&mut self) {
        let wanted = self.wanted();
        let live: Vec<&LivePolicy> = self
            .live
            .policies
            .iter()
            .filter(|policy| policy.relation == self.relation.oid)
            .collect();
        for policy in &wanted {
            match live.iter().find(|there| there.name == policy.name) {
                None => {
                    let drop = self.drop(&policy.name);
                    self.report(
                        Differs::PolicyMissing(policy.name.clone()),
                        policy.create.clone(),
                        drop,
                    );
                }
                Some(there) => {
                    if let Some(differs) = self.differs(policy, there) {
                        let drop = self.drop(&policy.name);
                        let up = format!("{drop}{}", policy.create);
                        let down = format!("{drop}{}", self.create_again(there));
                        self.report(differs, up, down);
                    }
                }
            }
        }
        let ours = policy_names();
        for there in live {
            if ours.contains(&there.name) && wanted.iter().all(|policy| policy.name != there.name) {
                let (drop, again) = (self.drop(&there.name), self.create_again(there));
                self.report(Differs::PolicyLeft(there.name.clone()), drop, again);
            }
        }
    }

    fn wanted(&self) -> Vec<Wanted> {
        let condition =
            condition_of_row(self.registry, self.table, &self.relation.name, self.options);
        let quoted =
            |roles: Vec<&str>| -> Vec<String> { roles.into_iter().map(str::to_owned).collect() };
        let mut wanted: Vec<Wanted> = TenantPolicy::wanted(self.options)
            .into_iter()
            .map(|policy| Wanted {
                create: policy.create(self.options, &self.relation.display, &condition),
                permissive: policy.permissive,
                command: policy.command,
                roles: quoted(self.options.scoped_roles()),
                name: policy.name,
            })
            .collect();
        if let (Some(admin), false) = (&self.options.admin, self.relation.is_child) {
            wanted.push(Wanted {
                name: ADMIN.to_owned(),
                permissive: true,
                command: Command::Select,
                roles: vec![admin.clone()],
                create: format!(
                    "CREATE POLICY {} ON {} AS PERMISSIVE FOR SELECT TO {} USING (true);\n",
                    quote_identifier(ADMIN),
                    self.relation.display,
                    quote_identifier(admin)
                ),
            });
        }
        wanted
    }

    fn differs(&self, wanted: &Wanted, there: &LivePolicy) -> Option<Differs> {
        let name = wanted.name.clone();
        let mut roles = wanted.roles.clone();
        roles.sort();
        let mut live_roles = there.roles.clone();
        live_roles.sort();
        let is_right = |live: &Option<String>, is_wanted: bool| match live {
            Some(live) if wanted.name == ADMIN => is_wanted && live == "true",
            Some(live) => is_wanted && self.is_canonical(live),
            None => !is_wanted,
        };
        if there.permissive != wanted.permissive || there.command != wanted.command.code() {
            Some(Differs::PolicyKind(name))
        } else if roles != live_roles {
            Some(Differs::PolicyRoles(name))
        } else if !is_right(&there.using, wanted.command.has_using())
            || !is_right(&there.check, wanted.command.has_check())
        {
            Some(Differs::PolicyCondition(name))
        } else {
            None
        }
    }

    fn is_canonical(&self, condition: &str) -> bool {
        let declared = |table: &Table| {
            let mut declared = self.live.declared.iter();
            declared.find(|declared| declared.path == table.path)
        };
        let resolve = |table: &Table| {
            let found = declared(table)?;
            Some((found.schema.clone(), found.name.clone()))
        };
        let base = |table: &Table| declared(table)?.base.clone();
        let canonical = Canonical {
            registry: self.registry,
            forms: &[self.options.on_missing],
            must_be_sealed: self.options.sealed,
            is_seal_sound: self.live.is_seal_sound,
            may_be_bare: self.options.citus,
            resolve: &resolve,
            base: &base,
        };
        let differences = canonical.differences(condition, self.table, &self.relation.name);
        differences.is_empty()
    }

    fn drop(&self, policy: &str) -> String {
        format!(
            "DROP POLICY {} ON {};\n",
            quote_identifier(policy),
            self.relation.display
        )
    }

    fn create_again(&self, policy: &LivePolicy) -> String {
        let command = Command::from_code(&policy.command).map_or("ALL", Command::keyword);
        let mut text = format!(
            "CREATE POLICY {} ON {} AS {} FOR {command} TO {}",
            quote_identifier(&policy.name),
            self.relation.display,
            if policy.permissive {
                "PERMISSIVE"
            } else {
                "RESTRICTIVE"
            },
            policy
                .roles
                .iter()
                .map(|role| role_in_sql(role))
                .collect::<Vec<_>>()
                .join(", "),
        );
        if let Some(using) = &policy.using {
            text += &format!("\n    USING ({using})");
        }
        if let Some(check) = &policy.check {
            text += &format!("\n    WITH CHECK ({check})");
        }
        text + ";\n"
    }

    /// Of the roles that have privileges by the options, and of PUBLIC.
    fn privileges(&mut self) {
        let relation = self.relation.display.clone();
        self.privileges_on(&relation, self.relation.oid, Self::wanted_privileges);
        let live = self.live;
        if self.relation.is_child || self.table.class == Class::Shared {
            return;
        }
        for sequence in &live.sequences {
            if sequence.relation == self.relation.oid {
                let name = format!("SEQUENCE {}", sequence.display);
                self.privileges_on(&name, sequence.oid, Self::wanted_on_sequence);
            }
        }
    }

    fn privileges_on(
        &mut self,
        object: &str,
        oid: u32,
        wanted: fn(&Self, &str) -> Vec<&'static str>,
    ) {
        let mut roles: Vec<&str> = self.options.granted_roles();
        roles.push("");
        for role in roles {
            let grants: Vec<&Grant> = self
                .live
                .grants
                .iter()
                .filter(|grant| grant.relation == oid && grant.grantee == role)
                .collect();
            let wanted = wanted(self, role);
            let there: BTreeSet<&str> = grants.iter().map(|grant| &*grant.privilege).collect();
            let is_plain = grants
                .iter()
                .all(|grant| grant.column.is_none() && !grant.grantable);
            if is_plain && there == wanted.iter().copied().collect() {
                continue;
            }
            let name = role_in_sql(role);
            let revoke = format!("REVOKE ALL ON {object} FROM {name};\n");
            let mut up = revoke.clone();
            if !wanted.is_empty() {
                up += &format!("GRANT {} ON {object} TO {name};\n", wanted.join(", "));
            }
            let down = grants
                .iter()
                .fold(revoke, |down, grant| down + &grant.again(object, &name));
            let named = if role.is_empty() { "PUBLIC" } else { role };
            self.report(Differs::Privileges(named.to_owned()), up, down);
        }
    }

    fn wanted_privileges(&self, role: &str) -> Vec<&'static str> {
        if role.is_empty() || self.relation.is_child {
            return Vec::new();
        }
        if self.table.class == Class::Shared {
            return vec!["SELECT"];
        }
        let mut wanted = Vec::new();
        if role == self.options.app {
            wanted.extend(["SELECT", "INSERT", "UPDATE", "DELETE"]);
        } else if self.options.eraser.as_deref() == Some(role) {
            wanted.extend(["SELECT", "DELETE"]);
        } else {
            wanted.push("SELECT");
        }
        wanted
    }

    fn wanted_on_sequence(&self, role: &str) -> Vec<&'static str> {
        let is_app = role == self.options.app;
        if is_app { vec!["USAGE"] } else { Vec::new() }
    }

    fn columns(&mut self) {
        let relation = self.relation.oid;
        if let Some(index) = Index::of(self.options, self.table) {
            let there = self.live.indexes.iter().any(|there| {
                there.relation == relation && there.name == index.name && there.is_valid
            });
            if !there {
                let (up, down) = (index.up(self.table, Form::Plain), index.down(self.table));
                // One whose build has failed would be taken for it.
                let up = format!("{down}{up}");
                self.report(Differs::Index(index.name), up, down);
            }
        }
        if columns::holds_text(self.registry, self.table).is_some() {
            let name = columns::text_check_name(self.table);
            let there =
                self.live.constraints.iter().any(|there| {
                    there.relation == relation && there.name == name && there.is_valid
                });
            if !there {
                let up = columns::add_check(self.registry, self.table, Form::Plain);
                self.report(
                    Differs::Constraint(name),
                    up,
                    columns::drop_check(self.table),
                );
            }
        }
        let Some(column) = columns::tenant_column(self.table) else {
            return;
        };
        let live = self
            .live
            .columns
            .iter()
            .find(|there| there.relation == relation && there.name == column);
        let Some(live) = live else { return };
        if columns::not_null_column(self.options, self.table).is_some() && !live.not_null {
            let up = columns::add_not_null(self.table, column, Form::Plain);
            self.report(
                Differs::Nullable,
                up,
                columns::drop_not_null(self.table, column),
            );
        }
        if columns::default_column(self.options, self.table).is_some() {
            let function = if self.options.sealed {
                "sealed_tenant"
            } else {
                "current_setting"
            };
            let reads = format!("{function}({}::text", quote_literal(self.registry.variable));
            if !live
                .default
                .as_ref()
                .is_some_and(|text| text.contains(&reads))
            {
                let alter = format!(
                    "ALTER TABLE {} ALTER COLUMN {}",
                    self.relation.display,
                    quote_identifier(column)
                );
                let up = columns::set_default(self.options, self.registry, self.table, column);
                let down = match &live.default {
                    Some(text) => format!("{alter} SET DEFAULT {text};\n"),
                    None => format!("{alter} DROP DEFAULT;\n"),
                };
                self.report(Differs::Default, up, down);
            }
        }
    }
}

impl Grant {
    fn again(&self, object: &str, role: &str) -> String {
        let column = self
            .column
            .as_ref()
            .map_or_else(String::new, |column| format!(" ({column})"));
        let option = if self.grantable {
            " WITH GRANT OPTION"
        } else {
            ""
        };
        format!(
            "GRANT {}{column} ON {object} TO {role}{option};\n",
            self.privilege
        )
    }
}

/// The empty name stands for PUBLIC, which is no role.
fn role_in_sql(role: &str) -> String {
    if role.is_empty() {
        "PUBLIC".to_owned()
    } else {
        quote_identifier(role)
    }
}

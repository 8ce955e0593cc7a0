//! The statements of one scoped table.

use tenancy_core::{Class, Registry, Table, quote_identifier};

use super::PolicyOptions;
use super::columns::{self, Form};
use super::command::TenantPolicy;
use super::name::{comment, list, qualified};
use super::predicate::{ADMIN, condition};

pub(super) fn up(
    options: &PolicyOptions,
    registry: &Registry,
    table: &Table,
    form: Form,
) -> String {
    let name = qualified(table);
    let mut out = heading(table);
    out += &security(options, registry, table, &name);
    out += &privileges(options, &name);
    out += &columns::up(options, registry, table, form);
    out
}

/// Row-level security of one table, which SQL knows by this name: switched on, forced, and the policies.
/// Wherever the table stands, it is right afterwards, but for policies of the form that is not wanted.
pub(crate) fn security(
    options: &PolicyOptions,
    registry: &Registry,
    table: &Table,
    name: &str,
) -> String {
    let mut out = format!(
        "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
"
    );
    let condition = condition(registry, table, options);
    for policy in TenantPolicy::wanted(options) {
        out += &drop_policy(&policy.name, name);
        out += &policy.create(options, name, &condition);
    }
    out += &admin(options, name);
    out
}

pub(super) fn down(options: &PolicyOptions, registry: &Registry, table: &Table) -> String {
    let name = qualified(table);
    let mut out = comment(table.path);
    out += &format!(
        "REVOKE ALL ON {name} FROM {};\n",
        list(&options.granted_roles())
    );
    for policy in TenantPolicy::wanted(options) {
        out += &drop_policy(&policy.name, &name);
    }
    out += &drop_policy(ADMIN, &name);
    out += &format!(
        "ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {name} DISABLE ROW LEVEL SECURITY;
"
    );
    out += &columns::down(options, registry, table);
    out
}

fn drop_policy(policy: &str, name: &str) -> String {
    format!(
        "DROP POLICY IF EXISTS {} ON {name};\n",
        quote_identifier(policy)
    )
}

fn heading(table: &Table) -> String {
    let path = table.path;
    comment(&match table.class {
        Class::Root { column } => format!("{path}: a tenant's own row, by {column}"),
        Class::Via { column, owner, .. } => format!("{path}: owned by {owner}, through {column}"),
        Class::Tenant { column } => format!("{path}: rows of the tenant in {column}"),
        _ => path.to_owned(),
    })
}

/// The policy is dropped also where no admin role is asked for: it may be left from a time when one
/// was.
pub(super) fn admin(options: &PolicyOptions, name: &str) -> String {
    let mut out = drop_policy(ADMIN, name);
    if let Some(role) = &options.admin {
        let (policy, role) = (quote_identifier(ADMIN), quote_identifier(role));
        out += &format!(
            "CREATE POLICY {policy} ON {name} AS PERMISSIVE FOR SELECT TO {role} USING (true);\n"
        );
    }
    out
}

/// REVOKE ALL is what takes TRUNCATE, REFERENCES and TRIGGER, which row-level security does not
/// cover, and on newer servers MAINTAIN.
pub(super) fn privileges(options: &PolicyOptions, name: &str) -> String {
    let all = list(&options.granted_roles());
    let app = quote_identifier(&options.app);
    let mut out = format!(
        "REVOKE ALL ON {name} FROM PUBLIC, {all};
GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {app};
"
    );
    if let Some(admin) = &options.admin {
        out += &format!("GRANT SELECT ON {name} TO {};\n", quote_identifier(admin));
    }
    if let Some(eraser) = &options.eraser {
        out += &format!(
            "GRANT SELECT, DELETE ON {name} TO {};\n",
            quote_identifier(eraser)
        );
    }
    out
}

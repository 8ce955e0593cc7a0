//! The statements of one scoped table.

use tenancy_core::{Class, Registry, Table, quote_identifier};

use super::PolicyOptions;
use super::name::{comment, derived, in_schema_of, list, qualified};
use super::predicate::{ADMIN, GUARD, SCOPE, condition};

pub(super) fn up(options: &PolicyOptions, registry: &Registry, table: &Table) -> String {
    let name = qualified(table);
    let mut out = heading(table);
    out += &security(options, registry, table);
    out += &privileges(options, &name);
    out += &keys(registry, table, &name);
    out
}

/// Row-level security of one table: switched on, forced, and the policies. Wherever the table stands, it is
/// right afterwards.
pub(crate) fn security(options: &PolicyOptions, registry: &Registry, table: &Table) -> String {
    let name = qualified(table);
    let mut out = format!(
        "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
"
    );
    let condition = condition(registry, table, options);
    let roles = list(&options.scoped_roles());
    for (policy, kind) in [(SCOPE, "PERMISSIVE"), (GUARD, "RESTRICTIVE")] {
        let policy = quote_identifier(policy);
        out += &format!(
            "DROP POLICY IF EXISTS {policy} ON {name};
CREATE POLICY {policy} ON {name} AS {kind} FOR ALL TO {roles}
    USING ({condition})
    WITH CHECK ({condition});
"
        );
    }
    out += &admin(options, &name);
    out
}

pub(super) fn down(options: &PolicyOptions, registry: &Registry, table: &Table) -> String {
    let name = qualified(table);
    let mut out = comment(table.path);
    out += &format!(
        "REVOKE ALL ON {name} FROM {};\n",
        list(&options.granted_roles())
    );
    for policy in [SCOPE, GUARD, ADMIN] {
        out += &format!(
            "DROP POLICY IF EXISTS {} ON {name};\n",
            quote_identifier(policy)
        );
    }
    out += &format!(
        "ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {name} DISABLE ROW LEVEL SECURITY;
"
    );
    if let Some(index) = Index::of(table) {
        out += &format!(
            "DROP INDEX IF EXISTS {};\n",
            in_schema_of(table, &index.name)
        );
    }
    if holds_text(registry, table).is_some() {
        out += &drop_check(table, &name);
    }
    out
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
fn admin(options: &PolicyOptions, name: &str) -> String {
    let policy = quote_identifier(ADMIN);
    let mut out = format!("DROP POLICY IF EXISTS {policy} ON {name};\n");
    if let Some(role) = &options.admin {
        let role = quote_identifier(role);
        out += &format!(
            "CREATE POLICY {policy} ON {name} AS PERMISSIVE FOR SELECT TO {role} USING (true);\n"
        );
    }
    out
}

/// REVOKE ALL is what takes TRUNCATE, REFERENCES and TRIGGER, which row-level security does not
/// cover, and on newer servers MAINTAIN.
fn privileges(options: &PolicyOptions, name: &str) -> String {
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

fn keys(registry: &Registry, table: &Table, name: &str) -> String {
    let mut out = String::new();
    if let Some(column) = holds_text(registry, table) {
        out += &drop_check(table, name);
        out += &format!(
            "ALTER TABLE {name} ADD CONSTRAINT {} CHECK ({} <> '');\n",
            check_name(table),
            quote_identifier(column),
        );
    }
    if let Some(index) = Index::of(table) {
        out += &comment(
            "On a large table, create this index CONCURRENTLY beforehand, under this name.",
        );
        out += &format!(
            "CREATE INDEX IF NOT EXISTS {} ON {name} ({});\n",
            quote_identifier(&index.name),
            list(&index.columns),
        );
    }
    out
}

/// The tenant column, where the empty text could be in it. A session without a tenant holds the
/// empty text, which would then be one.
fn holds_text(registry: &Registry, table: &Table) -> Option<&'static str> {
    let text = matches!(registry.tenant_type, "text" | "varchar" | "citext");
    tenant_column(table).filter(|_| text)
}

pub(super) fn tenant_column(table: &Table) -> Option<&'static str> {
    match table.class {
        Class::Tenant { column } | Class::Root { column } => Some(column),
        _ => None,
    }
}

fn check_name(table: &Table) -> String {
    quote_identifier(&derived(table, "tenant_check"))
}

fn drop_check(table: &Table, name: &str) -> String {
    format!(
        "ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {};\n",
        check_name(table)
    )
}

/// The index that the policies and the query filter need, where the primary key is not it.
struct Index {
    name: String,
    columns: Vec<&'static str>,
}

impl Index {
    fn of(table: &Table) -> Option<Index> {
        let (leading, purpose) = match table.class {
            Class::Via { column, .. } => (column, "owner_idx"),
            _ => (tenant_column(table)?, "tenant_idx"),
        };
        if table.primary_key.first() == Some(&leading) {
            return None;
        }
        let mut columns = vec![leading];
        // Rows of an owner are read together, and need no order among themselves.
        if purpose == "tenant_idx" {
            columns.extend(table.primary_key.iter().filter(|&&key| key != leading));
        }
        Some(Index {
            name: derived(table, purpose),
            columns,
        })
    }
}

//! The tenant column of a scoped table, and what leads with it: NOT NULL, DEFAULT, checks, indexes and
//! keys.

use tenancy_core::{Class, Registry, Table, quote_identifier, quote_literal};

use super::PolicyOptions;
use super::name::{comment, derived, do_block, in_schema_of, list, qualified, regclass};
use super::predicate::session_value;

/// Whether the statements may hold a lock while they read the whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// They may: it is one migration.
    Plain,
    /// They may not: indexes are there already, and constraints are validated in a later migration.
    Online,
}

pub(super) fn up(
    options: &PolicyOptions,
    registry: &Registry,
    table: &Table,
    form: Form,
) -> String {
    let mut out = add_check(registry, table, form);
    if let Some(column) = not_null_column(options, table) {
        out += &add_not_null(table, column, form);
    }
    if let Some(column) = default_column(options, table) {
        out += &set_default(options, registry, table, column);
    }
    if let Some(index) = Index::of(options, table) {
        out += &index.up(table, form);
    }
    out
}

pub(super) fn down(options: &PolicyOptions, registry: &Registry, table: &Table) -> String {
    let name = qualified(table);
    let mut out = String::new();
    if let Some(index) = Index::of(options, table) {
        out += &index.down(table);
    }
    if let Some(column) = default_column(options, table) {
        out += &format!(
            "ALTER TABLE {name} ALTER COLUMN {} DROP DEFAULT;\n",
            quote_identifier(column)
        );
    }
    if let Some(column) = not_null_column(options, table) {
        out += &drop_not_null(table, column);
    }
    if holds_text(registry, table).is_some() {
        out += &drop_check(table);
    }
    out
}

/// What is left to do after the online form: it reads the tables, while others read and write them.
pub(super) fn validate(options: &PolicyOptions, registry: &Registry, table: &Table) -> String {
    let name = qualified(table);
    let mut out = String::new();
    if holds_text(registry, table).is_some() {
        out += &format!(
            "ALTER TABLE {name} VALIDATE CONSTRAINT {};\n",
            check_name(table)
        );
    }
    if let Some(column) = not_null_column(options, table) {
        // With the validated constraint, SET NOT NULL does not read the table again.
        out += &with_not_null_constraint(table, column, "VALIDATE", "SET");
    }
    out
}

/// The tenant column, where the empty text could be in it. A session without a tenant holds the
/// empty text, which would then be one.
pub(super) fn holds_text(registry: &Registry, table: &Table) -> Option<&'static str> {
    let text = matches!(registry.tenant_type, "text" | "varchar" | "citext");
    tenant_column(table).filter(|_| text)
}

pub(super) fn tenant_column(table: &Table) -> Option<&'static str> {
    match table.class {
        Class::Tenant { column } | Class::Root { column } => Some(column),
        _ => None,
    }
}

pub(super) fn not_null_column(options: &PolicyOptions, table: &Table) -> Option<&'static str> {
    tenant_column(table).filter(|_| options.tenant_not_null)
}

/// Not that of the root table: a new tenant is not the one of the session.
pub(super) fn default_column(options: &PolicyOptions, table: &Table) -> Option<&'static str> {
    match table.class {
        Class::Tenant { column } if options.tenant_default => Some(column),
        _ => None,
    }
}

pub(super) fn set_default(
    options: &PolicyOptions,
    registry: &Registry,
    table: &Table,
    column: &str,
) -> String {
    format!(
        "ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {};\n",
        qualified(table),
        quote_identifier(column),
        session_value(registry, options),
    )
}

/// Nothing for a tenant that is no text.
pub(super) fn add_check(registry: &Registry, table: &Table, form: Form) -> String {
    let Some(column) = holds_text(registry, table) else {
        return String::new();
    };
    drop_check(table)
        + &format!(
            "ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} <> ''){};\n",
            qualified(table),
            check_name(table),
            quote_identifier(column),
            not_valid(form),
        )
}

const fn not_valid(form: Form) -> &'static str {
    match form {
        Form::Plain => "",
        Form::Online => " NOT VALID",
    }
}

/// The name of the check against the empty text.
pub(super) fn text_check_name(table: &Table) -> String {
    derived(table, "tenant_check")
}

fn check_name(table: &Table) -> String {
    quote_identifier(&text_check_name(table))
}

pub(super) fn drop_check(table: &Table) -> String {
    format!(
        "ALTER TABLE {} DROP CONSTRAINT IF EXISTS {};\n",
        qualified(table),
        check_name(table)
    )
}

pub(super) fn not_null_name(table: &Table) -> String {
    derived(table, "tenant_not_null")
}

/// The constraint stays beside NOT NULL. It is how down.sql can tell that the column was nullable.
pub(super) fn add_not_null(table: &Table, column: &str, form: Form) -> String {
    let (name, column_name) = (qualified(table), quote_identifier(column));
    let set = match form {
        Form::Plain => {
            format!("        ALTER TABLE {name} ALTER COLUMN {column_name} SET NOT NULL;\n")
        }
        Form::Online => String::new(),
    };
    do_block(&format!(
        "BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = {} AND attname = {} AND NOT attnotnull
    ) THEN
        ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {constraint};
        ALTER TABLE {name} ADD CONSTRAINT {constraint} CHECK ({column_name} IS NOT NULL){};
{set}    END IF;
END
",
        regclass(table),
        quote_literal(column),
        not_valid(form),
        constraint = quote_identifier(&not_null_name(table)),
    ))
}

pub(super) fn drop_not_null(table: &Table, column: &str) -> String {
    with_not_null_constraint(table, column, "DROP", "DROP")
}

/// Does something to the constraint that stands in for NOT NULL, and sets or drops NOT NULL itself, where the
/// constraint is there.
fn with_not_null_constraint(
    table: &Table,
    column: &str,
    constraint_action: &str,
    not_null_action: &str,
) -> String {
    let name = qualified(table);
    let constraint = not_null_name(table);
    do_block(&format!(
        "BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {} AND conname = {}
    ) THEN
        ALTER TABLE {name} {constraint_action} CONSTRAINT {};
        ALTER TABLE {name} ALTER COLUMN {} {not_null_action} NOT NULL;
    END IF;
END
",
        regclass(table),
        quote_literal(&constraint),
        quote_identifier(&constraint),
        quote_identifier(column),
    ))
}

/// The index that the policies and the query filter need, where the primary key is not it.
pub(super) struct Index {
    pub(super) name: String,
    pub(super) columns: Vec<&'static str>,
    /// Whether it is a UNIQUE constraint, to which foreign keys can point.
    pub(super) is_key: bool,
}

impl Index {
    pub(super) fn of(options: &PolicyOptions, table: &Table) -> Option<Index> {
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
        let is_key = options.tenant_keys && purpose == "tenant_idx" && columns.len() > 1;
        Some(Index {
            name: derived(table, if is_key { "tenant_key" } else { purpose }),
            columns,
            is_key,
        })
    }

    /// The one statement of a migration that runs outside of a transaction.
    pub(super) fn create_concurrently(&self, table: &Table) -> String {
        format!(
            "CREATE {}INDEX CONCURRENTLY IF NOT EXISTS {} ON {} ({});\n",
            if self.is_key { "UNIQUE " } else { "" },
            quote_identifier(&self.name),
            qualified(table),
            list(&self.columns),
        )
    }

    pub(super) fn drop_concurrently(&self, table: &Table) -> String {
        format!(
            "DROP INDEX CONCURRENTLY IF EXISTS {};\n",
            in_schema_of(table, &self.name)
        )
    }

    pub(super) fn up(&self, table: &Table, form: Form) -> String {
        let (name, columns) = (qualified(table), list(&self.columns));
        let index = quote_identifier(&self.name);
        match (self.is_key, form) {
            (false, Form::Plain) => {
                comment(
                    "On a large table, create this index CONCURRENTLY beforehand, under this name.",
                ) + &format!("CREATE INDEX IF NOT EXISTS {index} ON {name} ({columns});\n")
            }
            (false, Form::Online) => String::new(),
            (true, Form::Plain) => self.add_constraint(table, &format!("UNIQUE ({columns})")),
            (true, Form::Online) => {
                self.add_constraint(table, &format!("UNIQUE USING INDEX {index}"))
            }
        }
    }

    fn add_constraint(&self, table: &Table, definition: &str) -> String {
        do_block(&format!(
            "BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {} AND conname = {}
    ) THEN
        ALTER TABLE {} ADD CONSTRAINT {} {definition};
    END IF;
END
",
            regclass(table),
            quote_literal(&self.name),
            qualified(table),
            quote_identifier(&self.name),
        ))
    }

    pub(super) fn down(&self, table: &Table) -> String {
        if self.is_key {
            return format!(
                "ALTER TABLE {} DROP CONSTRAINT IF EXISTS {};\n",
                qualified(table),
                quote_identifier(&self.name)
            );
        }
        format!(
            "DROP INDEX IF EXISTS {};\n",
            in_schema_of(table, &self.name)
        )
    }
}

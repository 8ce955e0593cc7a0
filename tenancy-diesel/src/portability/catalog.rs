//! The tables as the database has them. The registry says which, the catalog what they are made of.

use std::collections::{BTreeSet, HashSet};

use super::PortabilityError;
use super::transaction::texts;
use crate::encryption::operations::session::Session;
use crate::encryption::operations::statement::{Row, Statement};
use crate::policy::predicate::{owned_by, type_name};
use crate::{Class, Registry, Table, TenantId, quote_identifier, quote_literal};

/// The alias of the row that a statement reads or writes.
pub(super) const ROW: &str = "tenancy_row";

/// A table of the registry.
pub(super) struct Shape {
    pub(super) table: &'static Table,
    pub(super) oid: String,
    /// With its schema, quoted.
    pub(super) name: String,
    /// The same for people.
    pub(super) plain_name: String,
    /// Without the tenant column and generated columns, in the order of the table.
    pub(super) columns: Vec<Column>,
    pub(super) references: Vec<Reference>,
}

pub(super) struct Column {
    pub(super) name: String,
    /// With its schema, quoted, and without a length: a cast to one with a length would cut the value off.
    pub(super) type_name: String,
    pub(super) plain_type: String,
    pub(super) not_null: bool,
    /// The label of an encrypted column.
    pub(super) label: Option<&'static str>,
}

/// A foreign key.
pub(super) struct Reference {
    pub(super) constraint: String,
    pub(super) columns: Vec<String>,
    /// The table that it points to.
    pub(super) to: String,
    pub(super) to_columns: Vec<String>,
    pub(super) deferrable: bool,
}

impl Shape {
    pub(super) fn tenant_column(&self) -> Option<&'static str> {
        match self.table.class {
            Class::Tenant { column } | Class::Root { column } => Some(column),
            _ => None,
        }
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self.table.class, Class::Root { .. })
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The key within the tenant.
    pub(super) fn key(&self) -> Vec<&'static str> {
        let tenant = self.tenant_column();
        let columns = self.table.primary_key.iter().copied();
        columns.filter(|&column| Some(column) != tenant).collect()
    }

    /// The condition that a row with this alias is the tenant's: the second layer beside row-level security.
    pub(super) fn of_tenant(&self, registry: &Registry, alias: &str, tenant: &str) -> String {
        owned_by(registry, self.table, alias, tenant)
    }
}

/// The tenant as a value of SQL.
pub(super) fn tenant_value<S: Session>(session: &S, registry: &Registry) -> String {
    let text = quote_literal(&session.tenant().canonical());
    format!("{text}::{}", type_name(registry.tenant_type))
}

/// The tables of tenants, in the order of the registry. Refuses a role that row-level security does not confine on
/// each of them.
pub(super) async fn load<S: Session>(
    session: &mut S,
    registry: &Registry,
) -> Result<Vec<Shape>, PortabilityError> {
    let mut shapes = Vec::new();
    for table in registry.tables {
        if table.class.is_scoped() {
            shapes.push(shape(session, table).await?);
        }
    }
    Ok(shapes)
}

async fn shape<S: Session>(
    session: &mut S,
    table: &'static Table,
) -> Result<Shape, PortabilityError> {
    let unexpected = PortabilityError::UnexpectedAnswer;
    let mut shape: Option<Shape> = None;
    for row in texts(session, columns(table)).await? {
        let [
            oid,
            schema,
            relation,
            confined,
            name,
            type_schema,
            type_name,
            plain_type,
            not_null,
            generated,
        ] = <[String; 10]>::try_from(row).map_err(|_| PortabilityError::UnexpectedAnswer)?;
        if confined != "true" {
            return Err(PortabilityError::NotConfined {
                table: table.path.to_owned(),
            });
        }
        let shape = shape.get_or_insert_with(|| Shape {
            table,
            oid,
            name: qualified(&schema, &relation),
            plain_name: format!("{schema}.{relation}"),
            columns: Vec::new(),
            references: Vec::new(),
        });
        if shape.tenant_column() == Some(&name) || !generated.is_empty() {
            continue;
        }
        let encrypted = table.encrypted.iter().find(|column| column.column == name);
        shape.columns.push(Column {
            name,
            type_name: qualified(&type_schema, &type_name),
            plain_type,
            not_null: not_null == "true",
            label: encrypted.map(|column| column.label),
        });
    }
    let mut shape = shape.ok_or_else(|| PortabilityError::NoTable {
        table: table.path.to_owned(),
    })?;
    for row in texts(session, references(&shape.oid)).await? {
        let (fixed, columns) = row.split_at_checked(3).ok_or(unexpected_answer())?;
        let [constraint, to, deferrable] = fixed else {
            return Err(unexpected);
        };
        let (columns, to_columns) = columns.split_at(columns.len() / 2);
        shape.references.push(Reference {
            constraint: constraint.clone(),
            columns: columns.to_vec(),
            to: to.clone(),
            to_columns: to_columns.to_vec(),
            deferrable: deferrable == "true",
        });
    }
    Ok(shape)
}

fn unexpected_answer() -> PortabilityError {
    PortabilityError::UnexpectedAnswer
}

/// Tables that the registry does not know and that have a column with the name of a tenant column.
pub(super) async fn unknown<S: Session>(
    session: &mut S,
    registry: &Registry,
    known: &[Shape],
) -> Result<BTreeSet<String>, PortabilityError> {
    let names: HashSet<&str> = known.iter().filter_map(Shape::tenant_column).collect();
    // The key of the table of tenants is called `id`, as in any table.
    let roots = known.iter().filter(|shape| shape.is_root());
    let roots: HashSet<&str> = roots.filter_map(Shape::tenant_column).collect();
    let names: Vec<String> = names
        .difference(&roots)
        .map(|name| (*name).to_owned())
        .collect();
    let mut statement = Statement::new();
    let names = statement.texts(names);
    let mut declared = Vec::new();
    for table in registry.tables {
        declared.push(regclass_name(table));
    }
    let declared = statement.texts(declared);
    statement.sql = format!(
        "SELECT {} FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition \
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'tenancy') \
           AND n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT LIKE 'pg\\_toast%' \
           AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 \
                       AND NOT a.attisdropped AND a.attname::pg_catalog.text = ANY ({names})) \
           AND NOT EXISTS (SELECT FROM pg_catalog.unnest({declared}) AS d (name) \
                           WHERE pg_catalog.to_regclass(d.name) = c.oid)",
        Row::list(
            &["n.nspname::pg_catalog.text || '.' || c.relname::pg_catalog.text".to_owned()],
            &[]
        ),
    );
    let rows = texts(session, statement).await?;
    Ok(rows.into_iter().flatten().collect())
}

pub(super) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote_identifier(schema), quote_identifier(name))
}

/// The table's name as the registry has it, looked up the way that a query would.
fn regclass_name(table: &Table) -> String {
    match table.schema {
        Some(schema) => qualified(schema, table.name),
        None => quote_identifier(table.name),
    }
}

fn columns(table: &Table) -> Statement {
    let mut statement = Statement::new();
    let relation = statement.text(regclass_name(table));
    let list = [
        "c.oid",
        "n.nspname",
        "c.relname",
        "pg_catalog.row_security_active(c.oid)",
        "a.attname",
        "tn.nspname",
        "t.typname",
        "pg_catalog.format_type(a.atttypid, a.atttypmod)",
        "a.attnotnull",
        "a.attgenerated",
    ];
    statement.sql = format!(
        "SELECT {} FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid \
         JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid \
         JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace \
         WHERE c.oid = pg_catalog.to_regclass({relation}) AND a.attnum > 0 AND NOT a.attisdropped \
         ORDER BY a.attnum",
        Row::list(&list.map(|text| format!("{text}::pg_catalog.text")), &[]),
    );
    statement
}

fn references(oid: &str) -> Statement {
    let mut statement = Statement::new();
    let relation = statement.text(oid);
    let names = |key: &str, relation: &str| {
        format!(
            "(SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY k.n) \
             FROM pg_catalog.unnest(f.{key}) WITH ORDINALITY AS k (attnum, n) \
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.{relation} AND a.attnum = k.attnum)"
        )
    };
    statement.sql = format!(
        "SELECT ARRAY[f.conname::pg_catalog.text, f.confrelid::pg_catalog.text, f.condeferrable::pg_catalog.text] \
                || {} || {} AS texts, ARRAY[]::pg_catalog.bytea[] AS bytes \
         FROM pg_catalog.pg_constraint AS f \
         WHERE f.conrelid = {relation}::pg_catalog.oid AND f.contype = 'f' AND f.conparentid = 0 \
         ORDER BY f.conname",
        names("conkey", "conrelid"),
        names("confkey", "confrelid"),
    );
    statement
}

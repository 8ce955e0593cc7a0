//! A table as the operations see it: its name, its key and the condition of its rows, ready to be put into
//! SQL. The registry says what to look for, the catalog what is there.

use std::collections::HashMap;

use super::session::{Session, read};
use super::statement::{Row, Statement, fixed};
use super::{Limits, OperationError, RowKey};
use crate::policy::predicate::{owned_by, type_name};
use crate::{Class, Registry, Table, TenantId, quote_identifier};

/// The alias of the row that a statement reads or writes.
pub(super) const ROW: &str = "tenancy_row";

pub(super) struct Shape<'a> {
    registry: &'a Registry,
    pub(super) table: &'static Table,
    /// With its schema, quoted.
    pub(super) name: String,
    columns: HashMap<String, CatalogColumn>,
    pub(super) key: Vec<KeyColumn>,
    /// The tenant as the session has it, in canonical text.
    tenant: String,
}

/// What a page is made of, in SQL.
pub(super) struct Page<'a> {
    /// The select list.
    pub(super) list: String,
    pub(super) condition: String,
    /// The length of the values of a row.
    pub(super) length: String,
    /// How the rows are locked, if they are.
    pub(super) lock: &'a str,
}

struct CatalogColumn {
    /// With its schema, quoted.
    type_name: String,
    plain_type: String,
    not_null: bool,
}

pub(super) struct KeyColumn {
    pub(super) name: &'static str,
    quoted: String,
    type_name: String,
    /// Its value is the tenant's id, so no report shows it.
    is_tenant: bool,
}

impl<'a> Shape<'a> {
    pub(super) async fn load<S: Session>(
        session: &mut S,
        limits: &Limits,
        registry: &'a Registry,
        table: &'static Table,
    ) -> Result<Self, OperationError> {
        if !table.class.is_scoped() {
            return Err(OperationError::NotScoped { table: table.path });
        }
        let mut name = None;
        let mut columns = HashMap::new();
        for row in read(session, limits, catalog(table)).await? {
            let [schema, relation, column, type_schema, type_name, not_null] =
                fixed(row.into_texts()?)?;
            name = Some(qualified(&schema, &relation));
            let column_type = CatalogColumn {
                type_name: qualified(&type_schema, &type_name),
                plain_type: type_name,
                not_null: not_null == "true",
            };
            columns.insert(column, column_type);
        }
        let name = name.ok_or(OperationError::NoTable { table: table.path })?;
        let mut shape = Shape {
            registry,
            table,
            name,
            columns,
            key: Vec::new(),
            tenant: session.tenant().canonical(),
        };
        shape.key = shape.key_columns()?;
        let mut unique = false;
        for row in read(session, limits, unique_indexes(table)).await? {
            let index = row.into_texts()?;
            unique |= index.iter().all(|column| {
                table.primary_key.contains(&column.as_str())
                    || Some(column.as_str()) == shape.tenant_column()
            });
        }
        let nullable = table.primary_key.iter().any(|&column| {
            shape
                .columns
                .get(column)
                .is_none_or(|column| !column.not_null)
        });
        if !unique || nullable || shape.key.is_empty() {
            return Err(OperationError::KeyNotUnique { table: table.path });
        }
        Ok(shape)
    }

    fn tenant_column(&self) -> Option<&'static str> {
        match self.table.class {
            Class::Tenant { column } | Class::Root { column } => Some(column),
            _ => None,
        }
    }

    /// The key within the tenant: the tenant column says nothing more, unless it is all there is.
    fn key_columns(&self) -> Result<Vec<KeyColumn>, OperationError> {
        let tenant = self.tenant_column();
        let within: Vec<&'static str> = self
            .table
            .primary_key
            .iter()
            .copied()
            .filter(|&column| Some(column) != tenant)
            .collect();
        let key = if within.is_empty() {
            self.table.primary_key.to_vec()
        } else {
            within
        };
        key.into_iter()
            .map(|name| {
                Ok(KeyColumn {
                    name,
                    quoted: quote_identifier(name),
                    type_name: self.column(name)?.type_name.clone(),
                    is_tenant: Some(name) == tenant,
                })
            })
            .collect()
    }

    fn column(&self, name: &str) -> Result<&CatalogColumn, OperationError> {
        self.columns
            .get(name)
            .ok_or_else(|| OperationError::NoColumn {
                table: self.table.path,
                column: name.to_owned(),
            })
    }

    /// `tenancy_row."column"`
    pub(super) fn reference(&self, column: &str) -> Result<String, OperationError> {
        self.column(column)?;
        Ok(format!("{ROW}.{}", quote_identifier(column)))
    }

    /// The name of a column's type, without its schema.
    pub(super) fn type_of(&self, column: &str) -> Result<&str, OperationError> {
        Ok(&self.column(column)?.plain_type)
    }

    /// The condition that a row is the tenant's: the second layer beside row-level security, and the
    /// only one where policies are missing.
    pub(super) fn of_tenant(&self, statement: &mut Statement) -> String {
        let tenant = statement.text(self.tenant.as_str());
        let tenant = format!("{tenant}::{}", type_name(self.registry.tenant_type));
        owned_by(self.registry, self.table, ROW, &tenant)
    }

    /// `tenancy_row."a", tenancy_row."b"`
    pub(super) fn key_list(&self) -> String {
        let columns: Vec<String> = self.key.iter().map(|column| column.of(ROW)).collect();
        columns.join(", ")
    }

    /// The texts of the key.
    pub(super) fn key_texts(&self) -> Vec<String> {
        self.key
            .iter()
            .map(|column| format!("{}::pg_catalog.text", column.of(ROW)))
            .collect()
    }

    /// The condition that a row comes behind this key, compared as the key's own index compares.
    pub(super) fn behind(&self, statement: &mut Statement, key: &[String]) -> String {
        let values: Vec<String> = self
            .key
            .iter()
            .zip(key)
            .map(|(column, value)| format!("{}::{}", statement.text(value), column.type_name))
            .collect();
        format!("({}) > ({})", self.key_list(), values.join(", "))
    }

    /// The next rows in the order of the key, as many as the limits allow.
    ///
    /// The lengths are known without reading the values, so those beyond the limit are never read.
    pub(super) fn page(&self, page: Page<'_>, limits: &Limits) -> String {
        let Page {
            list,
            condition,
            length,
            lock,
        } = page;
        format!(
            "SELECT {list} FROM (SELECT {ROW}.*, \
                 pg_catalog.sum({length}::pg_catalog.int8) OVER (ORDER BY {key}) \
                 - {length} AS tenancy_bytes_before \
                 FROM (SELECT {ROW}.* FROM {} AS {ROW} \
                       WHERE {condition} ORDER BY {key} LIMIT {} {lock}) AS {ROW}) AS {ROW} \
             WHERE {ROW}.tenancy_bytes_before < {} ORDER BY {key}",
            self.name,
            limits.rows,
            limits.bytes.max(1),
            key = self.key_list(),
        )
    }

    /// A list of keys as rows of the alias `tenancy_given`, with further arrays beside it, and the
    /// condition that joins them to the rows of the table.
    pub(super) fn given(
        &self,
        statement: &mut Statement,
        keys: &[Vec<String>],
        beside: &[(&str, String)],
    ) -> (String, String) {
        let mut arrays = Vec::new();
        let mut names = Vec::new();
        let mut conditions = Vec::new();
        for (i, column) in self.key.iter().enumerate() {
            let values = keys.iter().filter_map(|key| key.get(i).cloned()).collect();
            arrays.push(statement.texts(values));
            names.push(format!("k{i}"));
            let row = column.of(ROW);
            conditions.push(format!("{row} = tenancy_given.k{i}::{}", column.type_name));
        }
        for (name, array) in beside {
            names.push((*name).to_owned());
            arrays.push(array.clone());
        }
        // Not `unnest(a, b)`, which PostgreSQL knows only without a schema in front.
        let arrays: Vec<String> = arrays
            .iter()
            .map(|array| format!("pg_catalog.unnest({array})"))
            .collect();
        let rows = format!(
            "ROWS FROM ({}) AS tenancy_given ({})",
            arrays.join(", "),
            names.join(", ")
        );
        (rows, conditions.join(" AND "))
    }

    /// The key for a report and for the caller's closures.
    pub(super) fn row_key(&self, values: Vec<String>) -> RowKey {
        let columns = self.key.iter().zip(values);
        RowKey::new(
            columns
                .map(|(column, value)| (column.name, value, column.is_tenant))
                .collect(),
        )
    }
}

impl KeyColumn {
    fn of(&self, alias: &str) -> String {
        format!("{alias}.{}", self.quoted)
    }
}

fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote_identifier(schema), quote_identifier(name))
}

/// The table's name as the registry has it, looked up the way that a query would.
fn regclass(statement: &mut Statement, table: &Table) -> String {
    let name = match table.schema {
        Some(schema) => qualified(schema, table.name),
        None => quote_identifier(table.name),
    };
    format!("pg_catalog.to_regclass({})", statement.text(name))
}

fn catalog(table: &Table) -> Statement {
    let mut statement = Statement::new();
    let relation = regclass(&mut statement, table);
    let texts = [
        "n.nspname",
        "c.relname",
        "a.attname",
        "tn.nspname",
        "t.typname",
        "a.attnotnull",
    ];
    statement.sql = format!(
        "SELECT {} FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid \
         JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid \
         JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace \
         WHERE c.oid = {relation} AND a.attnum > 0 AND NOT a.attisdropped",
        Row::list(&texts.map(|text| format!("{text}::pg_catalog.text")), &[]),
    );
    statement
}

/// The columns of each unique index.
fn unique_indexes(table: &Table) -> Statement {
    let mut statement = Statement::new();
    let relation = regclass(&mut statement, table);
    statement.sql = format!(
        "SELECT pg_catalog.array_agg(a.attname::pg_catalog.text) AS texts, \
                ARRAY[]::pg_catalog.bytea[] AS bytes \
         FROM pg_catalog.pg_index AS i \
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid \
              AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1]) \
         WHERE i.indrelid = {relation} AND i.indisunique AND i.indisvalid \
               AND i.indpred IS NULL AND i.indexprs IS NULL \
         GROUP BY i.indexrelid",
    );
    statement
}

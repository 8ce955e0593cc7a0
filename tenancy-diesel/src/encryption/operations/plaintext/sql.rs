//! The statements over a plaintext column and the encrypted column beside it.

use super::{Index, Plain};
use crate::encryption::operations::shape::{Page, ROW, Shape};
use crate::encryption::operations::statement::{Row, Statement};
use crate::encryption::operations::{Limits, OperationError};
use crate::{EncryptedColumn, Table, quote_identifier, quote_literal};

/// The columns, ready to be put into SQL.
pub(super) struct Sql {
    /// The plaintext as bytes: the text in UTF-8, or `bytea` as it is.
    plaintext: String,
    plaintext_column: String,
    sealed: String,
    sealed_column: String,
    index: Option<(String, String)>,
}

impl Sql {
    pub(super) fn new<T: Plain>(
        shape: &Shape<'_>,
        column: &EncryptedColumn,
        plaintext: &str,
        index: Option<&Index<T>>,
    ) -> Result<Self, OperationError> {
        let plaintext_column = shape.reference(plaintext)?;
        let sql_type = shape.type_of(plaintext)?;
        if !T::SQL_TYPES.contains(&sql_type) {
            return Err(OperationError::TypeMismatch {
                table: shape.table.path,
                column: plaintext.to_owned(),
            });
        }
        let index = index.map(|index| {
            Ok::<_, OperationError>((
                shape.reference(index.column)?,
                quote_identifier(index.column),
            ))
        });
        Ok(Sql {
            plaintext: match sql_type {
                "bytea" => plaintext_column.clone(),
                _ => format!("pg_catalog.convert_to({plaintext_column}::pg_catalog.text, 'UTF8')"),
            },
            plaintext_column,
            sealed: shape.reference(column.column)?,
            sealed_column: quote_identifier(column.column),
            index: index.transpose()?,
        })
    }

    fn values(&self) -> Vec<String> {
        let index = self.index.as_ref().map_or("NULL", |(index, _)| index);
        vec![
            self.plaintext.clone(),
            self.sealed.clone(),
            index.to_owned(),
        ]
    }

    /// The next rows that have a plaintext alone, locked. Those that somebody holds are passed by.
    pub(super) fn unsealed_page(
        &self,
        shape: &Shape<'_>,
        limits: &Limits,
        behind: Option<&[String]>,
        lock: bool,
    ) -> Statement {
        let condition = format!(
            "{} IS NOT NULL AND {} IS NULL",
            self.plaintext_column, self.sealed
        );
        let lock = if lock {
            "FOR NO KEY UPDATE SKIP LOCKED"
        } else {
            ""
        };
        self.page(shape, limits, behind, &condition, lock)
    }

    /// The next rows that have either.
    pub(super) fn any_page(
        &self,
        shape: &Shape<'_>,
        limits: &Limits,
        behind: Option<&[String]>,
    ) -> Statement {
        let condition = format!(
            "({} IS NOT NULL OR {} IS NOT NULL)",
            self.plaintext_column, self.sealed
        );
        self.page(shape, limits, behind, &condition, "")
    }

    fn page(
        &self,
        shape: &Shape<'_>,
        limits: &Limits,
        behind: Option<&[String]>,
        condition: &str,
        lock: &str,
    ) -> Statement {
        let mut statement = Statement::new();
        let of_tenant = shape.of_tenant(&mut statement);
        let behind = behind.map_or_else(String::new, |key| {
            format!("AND {}", shape.behind(&mut statement, key))
        });
        let length = |value: &str| format!("COALESCE(pg_catalog.octet_length({value}), 0)");
        let page = Page {
            list: Row::list(&shape.key_texts(), &self.values()),
            condition: format!("{of_tenant} AND {condition} {behind}"),
            length: format!("({} + {})", length(&self.plaintext), length(&self.sealed)),
            lock,
        };
        statement.sql = shape.page(page, limits);
        statement
    }

    pub(super) fn update(
        &self,
        shape: &Shape<'_>,
        keys: &[Vec<String>],
        sealed: Vec<Option<Vec<u8>>>,
        indexes: Vec<Option<Vec<u8>>>,
    ) -> Statement {
        let mut statement = Statement::new();
        let mut beside = vec![("new", statement.blobs(sealed))];
        let mut set = format!("{} = tenancy_given.new", self.sealed_column);
        if let Some((_, column)) = &self.index {
            beside.push(("new_index", statement.blobs(indexes)));
            set += &format!(", {column} = tenancy_given.new_index");
        }
        let (given, same_key) = shape.given(&mut statement, keys, &beside);
        let of_tenant = shape.of_tenant(&mut statement);
        statement.sql = format!(
            "UPDATE {} AS {ROW} SET {set} FROM {given} \
             WHERE {same_key} AND {} IS NULL AND {of_tenant} RETURNING {}",
            shape.name,
            self.sealed,
            Row::list(&shape.key_texts(), &[]),
        );
        statement
    }

    pub(super) fn read_back(&self, shape: &Shape<'_>, keys: &[Vec<String>]) -> Statement {
        let mut statement = Statement::new();
        let (given, same_key) = shape.given(&mut statement, keys, &[]);
        let of_tenant = shape.of_tenant(&mut statement);
        statement.sql = format!(
            "SELECT {} FROM {} AS {ROW} JOIN {given} ON {same_key} WHERE {of_tenant}",
            Row::list(&shape.key_texts(), &self.values()),
            shape.name,
        );
        statement
    }

    pub(super) fn count_unsealed(&self, shape: &Shape<'_>) -> Statement {
        let mut statement = Statement::new();
        let of_tenant = shape.of_tenant(&mut statement);
        statement.sql = format!(
            "SELECT {} FROM {} AS {ROW} WHERE {of_tenant} AND {} IS NOT NULL AND {} IS NULL",
            Row::list(&["pg_catalog.count(*)::pg_catalog.text".to_owned()], &[]),
            shape.name,
            self.plaintext_column,
            self.sealed,
        );
        statement
    }
}

/// `row_security = off` makes an error of what a policy would hide.
pub(super) fn drop_plaintext(table: &Table, plaintext: &str, sealed: &str) -> String {
    let name = match table.schema {
        Some(schema) => format!(
            "{}.{}",
            quote_identifier(schema),
            quote_identifier(table.name)
        ),
        None => quote_identifier(table.name),
    };
    let (plaintext, sealed) = (quote_identifier(plaintext), quote_identifier(sealed));
    let check = format!(
        "BEGIN IF EXISTS (SELECT FROM {name} WHERE {plaintext} IS NOT NULL AND {sealed} IS NULL) THEN \
         RAISE EXCEPTION 'there are rows with a plaintext and no sealed value'; END IF; END"
    );
    format!(
        "BEGIN;\n\
         SET LOCAL row_security = off;\n\
         LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE;\n\
         DO {};\n\
         ALTER TABLE {name} DROP COLUMN {plaintext};\n\
         COMMIT;\n",
        quote_literal(&check)
    )
}

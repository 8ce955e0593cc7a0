//! Sequences that would give keys which the imported rows have already.

use super::super::PortabilityError;
use super::super::catalog::{ROW, Shape};
use super::super::transaction::texts;
use super::BehindSequence;
use crate::encryption::operations::session::Session;
use crate::encryption::operations::statement::{Row, Statement};
use crate::{Registry, quote_identifier};

pub(super) async fn behind<S: Session>(
    session: &mut S,
    registry: &Registry,
    shape: &Shape,
    tenant: &str,
) -> Result<Vec<BehindSequence>, PortabilityError> {
    let mut found = Vec::new();
    for (column, sequence) in owned(session, shape).await? {
        let Some(greatest) = greatest(session, registry, shape, tenant, &column).await? else {
            continue;
        };
        let last = last_value(session, &sequence).await?;
        // One that the role may not read is taken for one that is behind.
        if last.is_none_or(|last| last < greatest) {
            found.push(BehindSequence {
                table: shape.table.path,
                column,
                sequence,
                greatest,
            });
        }
    }
    Ok(found)
}

/// The columns that have a sequence, and its name.
async fn owned<S: Session>(
    session: &mut S,
    shape: &Shape,
) -> Result<Vec<(String, String)>, PortabilityError> {
    let mut statement = Statement::new();
    let table = statement.text(shape.name.as_str());
    let names = shape.columns.iter().map(|column| column.name.clone());
    let names = statement.texts(names.collect());
    let sequence = format!("pg_catalog.pg_get_serial_sequence({table}, c.name)");
    statement.sql = format!(
        "SELECT {} FROM pg_catalog.unnest({names}) AS c (name) WHERE {sequence} IS NOT NULL",
        Row::list(&["c.name".to_owned(), sequence.clone()], &[]),
    );
    let rows = texts(session, statement).await?;
    rows.into_iter()
        .map(|row| {
            let [column, sequence] =
                <[String; 2]>::try_from(row).map_err(|_| PortabilityError::UnexpectedAnswer)?;
            Ok((column, sequence))
        })
        .collect()
}

async fn greatest<S: Session>(
    session: &mut S,
    registry: &Registry,
    shape: &Shape,
    tenant: &str,
    column: &str,
) -> Result<Option<i64>, PortabilityError> {
    let mut statement = Statement::new();
    let value = format!(
        "pg_catalog.max({ROW}.{})::pg_catalog.text",
        quote_identifier(column)
    );
    statement.sql = format!(
        "SELECT {} FROM {} AS {ROW} WHERE {}",
        Row::list(&[format!("COALESCE({value}, '')")], &[]),
        shape.name,
        shape.of_tenant(registry, ROW, tenant),
    );
    optional(session, statement).await
}

async fn last_value<S: Session>(
    session: &mut S,
    sequence: &str,
) -> Result<Option<i64>, PortabilityError> {
    let mut statement = Statement::new();
    let name = statement.text(sequence);
    let name = format!("{name}::pg_catalog.regclass");
    statement.sql = format!(
        "SELECT {}",
        Row::list(
            &[format!(
                "CASE WHEN pg_catalog.has_sequence_privilege({name}, 'SELECT, USAGE') \
                 THEN COALESCE(pg_catalog.pg_sequence_last_value({name})::pg_catalog.text, '') ELSE '' END"
            )],
            &[]
        ),
    );
    optional(session, statement).await
}

/// A number, or nothing where the text is empty.
async fn optional<S: Session>(
    session: &mut S,
    statement: Statement,
) -> Result<Option<i64>, PortabilityError> {
    let rows = texts(session, statement).await?;
    let text = rows.first().and_then(|row| row.first());
    let text = text.ok_or(PortabilityError::UnexpectedAnswer)?;
    Ok(text.parse().ok())
}

//! What is looked at before and after.

use super::super::PortabilityError;
use super::super::catalog::{ROW, Reference, Shape};
use super::super::transaction::number;
use crate::encryption::operations::session::Session;
use crate::encryption::operations::statement::{Row, Statement};
use crate::{Class, Registry, quote_identifier};

const OTHER: &str = "tenancy_other";

/// Refuses a tenant that has rows.
pub(super) async fn is_empty<S: Session>(
    session: &mut S,
    registry: &Registry,
    shape: &Shape,
    tenant: &str,
) -> Result<(), PortabilityError> {
    let condition = shape.of_tenant(registry, ROW, tenant);
    match count(session, shape, &condition).await? {
        0 => Ok(()),
        _ => Err(PortabilityError::NotEmpty {
            table: shape.table.path.to_owned(),
        }),
    }
}

/// Refuses rows that are owned through a row which is not the tenant's: they would be that tenant's. It had none
/// before, so all that were inserted are there now.
pub(super) async fn owner<S: Session>(
    session: &mut S,
    registry: &Registry,
    shape: &Shape,
    tenant: &str,
    inserted: u64,
) -> Result<(), PortabilityError> {
    let Class::Via { column, .. } = shape.table.class else {
        return Ok(());
    };
    let mut statement = Statement::new();
    statement.sql = format!(
        "SELECT {} FROM {} AS {ROW} WHERE {}",
        Row::list(&["pg_catalog.count(*)::pg_catalog.text".to_owned()], &[]),
        shape.name,
        shape.of_tenant(registry, ROW, tenant),
    );
    if number(session, statement).await? == inserted {
        return Ok(());
    }
    let mut references = shape.references.iter();
    let by = references.find(|reference| reference.columns == [column]);
    Err(PortabilityError::ForeignReference {
        table: shape.table.path.to_owned(),
        constraint: by.map_or(column, |by| &by.constraint).to_owned(),
    })
}

/// Refuses rows that refer to a row which is not the tenant's. PostgreSQL itself looks at foreign keys without
/// row-level security, so a key that does not carry the tenant would be satisfied by any tenant's row.
pub(super) async fn references<S: Session>(
    session: &mut S,
    registry: &Registry,
    shapes: &[Shape],
    shape: &Shape,
    tenant: &str,
) -> Result<(), PortabilityError> {
    for reference in &shape.references {
        let Some(to) = shapes.iter().find(|other| other.oid == reference.to) else {
            continue;
        };
        if carries_tenant(shape, to, reference) {
            continue;
        }
        let pairs = reference.columns.iter().zip(&reference.to_columns);
        let (mut given, mut same) = (Vec::new(), Vec::new());
        for (column, other) in pairs {
            let column = format!("{ROW}.{}", quote_identifier(column));
            given.push(format!("{column} IS NOT NULL"));
            same.push(format!("{OTHER}.{} = {column}", quote_identifier(other)));
        }
        let condition = format!(
            "{} AND {} AND NOT EXISTS (SELECT FROM {} AS {OTHER} WHERE {} AND {})",
            shape.of_tenant(registry, ROW, tenant),
            given.join(" AND "),
            to.name,
            same.join(" AND "),
            to.of_tenant(registry, OTHER, tenant),
        );
        if count(session, shape, &condition).await? != 0 {
            return Err(PortabilityError::ForeignReference {
                table: shape.table.path.to_owned(),
                constraint: reference.constraint.clone(),
            });
        }
    }
    Ok(())
}

/// Whether the foreign key pairs the tenants of both tables.
fn carries_tenant(shape: &Shape, to: &Shape, reference: &Reference) -> bool {
    let (Some(own), Some(other)) = (shape.tenant_column(), to.tenant_column()) else {
        return false;
    };
    let mut pairs = reference.columns.iter().zip(&reference.to_columns);
    pairs.any(|(column, to)| column == own && to == other)
}

/// One if there is a row with this condition, and nothing otherwise.
async fn count<S: Session>(
    session: &mut S,
    shape: &Shape,
    condition: &str,
) -> Result<u64, PortabilityError> {
    let mut statement = Statement::new();
    statement.sql = format!(
        "SELECT {} FROM (SELECT FROM {} AS {ROW} WHERE {condition} LIMIT 1) AS tenancy_found",
        Row::list(&["pg_catalog.count(*)::pg_catalog.text".to_owned()], &[]),
        shape.name,
    );
    number(session, statement).await
}

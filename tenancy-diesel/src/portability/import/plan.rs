//! What of a manifest is imported, and how. Each name in it is looked up, and none gets into SQL.

use std::collections::{HashMap, HashSet};

use tenancy_core::encryption::BlindIndexSpec;

use super::super::catalog::{Column, Shape};
use super::super::manifest::{ExportedTable, Manifest};
use super::super::{Mistake, PortabilityError};
use super::Index;
use super::order::{self, Order};

/// The tables in the order in which they are filled.
pub(super) struct Plan<'a>(Vec<Step<'a>>);

/// A table that is filled.
pub(super) struct Step<'a> {
    pub(super) shape: &'a Shape,
    /// Its place in the manifest, from 1.
    pub(super) number: usize,
    pub(super) exported: &'a ExportedTable,
    pub(super) columns: Vec<Target<'a>>,
    /// Columns that are NULL at first, because the rows that they refer to are not there yet.
    pub(super) later: HashSet<&'a str>,
}

/// A column that is filled.
pub(super) struct Target<'a> {
    pub(super) column: &'a Column,
    /// A blind index is made of another column: its place among the columns.
    pub(super) index: Option<(usize, BlindIndexSpec)>,
    /// The value is the id of the tenant itself, in another column than the tenant column.
    pub(super) is_tenant: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn of(
        shapes: &'a [Shape],
        manifest: &'a Manifest,
        indexes: &[Index],
    ) -> Result<Self, PortabilityError> {
        let mut seen = HashSet::new();
        let mut steps = HashMap::new();
        for (number, exported) in (1..).zip(&manifest.tables) {
            let shape = shapes
                .iter()
                .find(|shape| shape.table.path == exported.table);
            let shape = shape.filter(|_| seen.insert(exported.table.as_str()));
            let shape = shape.ok_or(Mistake::Table { number })?;
            let step = Step {
                shape,
                number,
                exported,
                columns: targets(shapes, shape, exported, indexes)?,
                later: HashSet::new(),
            };
            steps.insert(shape.table.path, step);
        }
        check_indexes(shapes, indexes)?;
        let filled: Vec<&Shape> = shapes
            .iter()
            .filter(|shape| steps.contains_key(shape.table.path))
            .collect();
        let mut plan = Vec::new();
        for Order { shape, later } in order::order(&filled)? {
            if let Some(mut step) = steps.remove(shape.table.path) {
                step.later = later;
                plan.push(step);
            }
        }
        Ok(Plan(plan))
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = &Step<'a>> {
        self.0.iter()
    }
}

fn targets<'a>(
    shapes: &[Shape],
    shape: &'a Shape,
    exported: &ExportedTable,
    indexes: &[Index],
) -> Result<Vec<Target<'a>>, PortabilityError> {
    let table = shape.table.path;
    let mut columns = Vec::new();
    let mut seen = HashSet::new();
    for (number, named) in (1..).zip(&exported.columns) {
        let column = shape
            .column(&named.name)
            .filter(|_| seen.insert(&named.name));
        let column = column.ok_or(Mistake::Column { table, number })?;
        columns.push(column);
    }
    let tenants = tenant_references(shapes, shape);
    let place = |name: &str| columns.iter().position(|column| column.name == name);
    let index = |column: &Column| {
        let index = indexes
            .iter()
            .find(|index| index.table == table && index.column == column.name);
        index.and_then(|index| Some((place(&index.encrypted)?, index.spec)))
    };
    Ok(columns
        .iter()
        .map(|&column| Target {
            column,
            index: index(column),
            is_tenant: tenants.contains(column.name.as_str()),
        })
        .collect())
}

/// The columns that refer to the tenant's own row and are not the tenant column.
fn tenant_references<'a>(shapes: &[Shape], shape: &'a Shape) -> HashSet<&'a str> {
    let mut columns = HashSet::new();
    for reference in &shape.references {
        let root = shapes
            .iter()
            .find(|other| other.oid == reference.to && other.is_root());
        let Some(root) = root else { continue };
        for (column, to) in reference.columns.iter().zip(&reference.to_columns) {
            if Some(to.as_str()) == root.tenant_column() {
                columns.insert(column.as_str());
            }
        }
    }
    columns
}

/// What the caller has named is there.
fn check_indexes(shapes: &[Shape], indexes: &[Index]) -> Result<(), PortabilityError> {
    for index in indexes {
        let shape = shapes.iter().find(|shape| shape.table.path == index.table);
        let column = shape.and_then(|shape| shape.column(&index.column));
        let encrypted = shape.and_then(|shape| shape.column(&index.encrypted));
        let is_plain = column.is_some_and(|column| column.label.is_none());
        let is_encrypted = encrypted.is_some_and(|column| column.label.is_some());
        if !is_plain || !is_encrypted {
            return Err(PortabilityError::NoColumn {
                table: index.table.clone(),
                column: if is_plain {
                    &index.encrypted
                } else {
                    &index.column
                }
                .clone(),
            });
        }
    }
    Ok(())
}

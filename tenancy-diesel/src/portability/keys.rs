//! How the ids of rows are made that values are bound to.

use tenancy_core::encryption::RowId;

use super::PortabilityError;
use super::catalog::Shape;
use crate::encryption::operations::RowKey;

type MakeRowId<'a> = Box<dyn Fn(&RowKey) -> Option<RowId> + Send + Sync + 'a>;

#[derive(Default)]
pub(super) struct RowIds<'a>(Vec<(String, String, MakeRowId<'a>)>);

impl<'a> RowIds<'a> {
    pub(super) fn add(
        &mut self,
        table: &str,
        column: &str,
        id: impl Fn(&RowKey) -> Option<RowId> + Send + Sync + 'a,
    ) {
        self.0
            .push((table.to_owned(), column.to_owned(), Box::new(id)));
    }

    /// The id of a row, from the values of its key.
    pub(super) fn of(
        &self,
        shape: &Shape,
        column: &str,
        value: impl Fn(&str) -> Option<String>,
    ) -> Result<RowId, PortabilityError> {
        let path = shape.table.path;
        let make = self.0.iter().find(|(t, c, _)| t == path && c == column);
        let key = shape
            .key()
            .into_iter()
            .map(|name| Some((name, value(name)?, false)));
        let key: Option<Vec<_>> = key.collect();
        let id = match (make, key) {
            (Some((_, _, make)), Some(key)) => make(&RowKey::new(key)),
            _ => None,
        };
        id.ok_or_else(|| PortabilityError::RowBound {
            table: path.to_owned(),
            column: column.to_owned(),
        })
    }
}

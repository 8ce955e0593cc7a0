use diesel::prelude::*;
use diesel::result::Error;
use tenancy_diesel::{Registry, quote_literal};

use super::catalog::{Catalog, Ownership, qualified};
use super::session::lines;

/// Every row of a tenant in the scoped tables of a registry, as text behind the table's path.
///
/// # Errors
/// What the server answers, and [`Error::NotFound`] when a table is missing.
pub(crate) fn rows_of(
    conn: &mut PgConnection,
    registry: &'static Registry,
    tenant: &str,
) -> QueryResult<Vec<String>> {
    let mut catalog = Catalog::new(registry, "");
    let mut rows = Vec::new();
    for table in registry
        .tables
        .iter()
        .filter(|table| table.class.is_scoped())
    {
        catalog.find(conn, table)?.ok_or(Error::NotFound)?;
        rows.extend(lines(
            conn,
            &format!(
                "SELECT {} || ' ' || t::text AS line FROM {} AS t WHERE {}",
                quote_literal(table.path),
                qualified(table.schema, table.name),
                catalog.belongs(Ownership::of(registry, table.class), "t", tenant)
            ),
        )?);
    }
    Ok(rows)
}

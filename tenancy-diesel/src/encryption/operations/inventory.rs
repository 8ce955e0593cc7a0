use std::collections::BTreeMap;
use std::fmt;

use tenancy_core::encryption::{KeyGeneration, OVERHEAD_BYTES};

#[cfg(feature = "async")]
use super::session::Asynchronous;
#[cfg(feature = "postgres")]
use super::session::Blocking;
use super::session::{Session, check, read};
use super::shape::{ROW, Shape};
use super::statement::{Row, Statement, fixed};
use super::{Limits, OperationError};
#[cfg(feature = "async")]
use crate::AsyncScopeConnection;
#[cfg(feature = "postgres")]
use crate::SyncScopeConnection;
use crate::{EncryptedColumn, Registry, Scoped, SqlTenantId, Table};

/// How many values of a tenant there are in each encrypted column, by generation of the key. Read from
/// the headers, without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Inventory {
    columns: Vec<ColumnInventory>,
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnInventory {
    /// The table, as its Rust path below the schema module.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The values by generation.
    pub generations: BTreeMap<KeyGeneration, u64>,
    /// The values that are no envelope. Nothing opens them.
    pub malformed: u64,
}

impl Inventory {
    /// Each encrypted column.
    pub fn columns(&self) -> &[ColumnInventory] {
        &self.columns
    }

    /// How many values are of this generation.
    pub fn of(&self, generation: KeyGeneration) -> u64 {
        let counts = self
            .columns
            .iter()
            .filter_map(|column| column.generations.get(&generation));
        counts.sum()
    }

    /// How many values are of this generation or of an older one.
    pub fn up_to(&self, generation: KeyGeneration) -> u64 {
        let columns = self.columns.iter();
        let counts = columns.flat_map(|column| column.generations.range(..=generation));
        counts.map(|(_, count)| count).sum()
    }

    /// How many values are of other generations, or no envelopes.
    pub fn not_of(&self, generation: KeyGeneration) -> u64 {
        self.total() - self.of(generation)
    }

    /// How many values there are.
    pub fn total(&self) -> u64 {
        self.columns.iter().map(ColumnInventory::total).sum()
    }
}

impl ColumnInventory {
    /// How many values there are.
    pub fn total(&self) -> u64 {
        self.malformed + self.generations.values().sum::<u64>()
    }
}

impl fmt::Display for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for column in &self.columns {
            writeln!(f, "{column}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ColumnInventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {} values", self.table, self.column, self.total())?;
        for (generation, count) in &self.generations {
            write!(f, ", {count} of generation {generation}")?;
        }
        if self.malformed > 0 {
            write!(f, ", {} that are no envelopes", self.malformed)?;
        }
        Ok(())
    }
}

/// Counts the values of the scope's tenant. One statement a column, so that no row is missed because it
/// moves meanwhile.
///
/// # Errors
/// [`OperationError::Database`], [`OperationError::InTransaction`], and the contradictions between the
/// registry and the database.
///
/// ```no_run
/// # #[cfg(feature = "async")]
/// # async fn example(
/// #     registry: &tenancy_diesel::Registry,
/// #     mut conn: tenancy_diesel::Scoped<diesel_async::AsyncPgConnection, i32>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use tenancy_diesel::encryption::KeyGeneration;
/// use tenancy_diesel::encryption::operations::{Limits, remaining};
///
/// let inventory = remaining(&mut conn, registry, &Limits::new()).await?;
/// println!("{} values of the first generation", inventory.of(KeyGeneration::FIRST));
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "async")]
pub async fn remaining<C: AsyncScopeConnection, Id: SqlTenantId>(
    conn: &mut Scoped<C, Id>,
    registry: &Registry,
    limits: &Limits,
) -> Result<Inventory, OperationError> {
    count(&mut Asynchronous(conn), registry, limits).await
}

/// `remaining` on a synchronous connection.
///
/// # Errors
/// As `remaining`.
#[cfg(feature = "postgres")]
pub fn remaining_blocking<C: SyncScopeConnection, Id: SqlTenantId>(
    conn: &mut Scoped<C, Id>,
    registry: &Registry,
    limits: &Limits,
) -> Result<Inventory, OperationError> {
    tenancy_core::encryption::wait(count(&mut Blocking(conn), registry, limits))
}

pub(super) async fn count<S: Session>(
    session: &mut S,
    registry: &Registry,
    limits: &Limits,
) -> Result<Inventory, OperationError> {
    check(session, registry)?;
    let mut columns = Vec::new();
    for table in encrypted_tables(registry) {
        let shape = Shape::load(session, limits, registry, table).await?;
        for column in table.encrypted {
            let mut inventory = ColumnInventory {
                table: table.path,
                column: column.column,
                generations: BTreeMap::new(),
                malformed: 0,
            };
            for row in read(session, limits, counts(&shape, column)?).await? {
                let [generation, count] = fixed(row.into_texts()?)?;
                let count: u64 = count
                    .parse()
                    .map_err(|_| OperationError::UnexpectedAnswer)?;
                // A value that is no envelope has the empty text, and there is no generation 0.
                let number = u32::from_str_radix(&generation, 16).unwrap_or(0);
                match KeyGeneration::new(number) {
                    Some(generation) => {
                        *inventory.generations.entry(generation).or_default() += count
                    }
                    None => inventory.malformed += count,
                }
            }
            columns.push(inventory);
        }
    }
    Ok(Inventory { columns })
}

pub(super) fn encrypted_tables(
    registry: &Registry,
) -> impl Iterator<Item = &'static Table> + use<> {
    registry
        .tables
        .iter()
        .filter(|table| !table.encrypted.is_empty())
}

/// The condition that a value is an envelope as far as SQL sees. A part of a value is read without the rest.
pub(super) fn is_envelope(value: &str) -> String {
    format!(
        "(pg_catalog.octet_length({value}) >= {OVERHEAD_BYTES} \
         AND pg_catalog.substr({value}, 1, 1) = '\\xf9'::pg_catalog.bytea)"
    )
}

/// The generation of an envelope: 4 bytes, big-endian, so that they compare as numbers do.
pub(super) fn generation(value: &str) -> String {
    format!("pg_catalog.substr({value}, 5, 4)")
}

fn counts(shape: &Shape<'_>, column: &EncryptedColumn) -> Result<Statement, OperationError> {
    let mut statement = Statement::new();
    let of_tenant = shape.of_tenant(&mut statement);
    let value = shape.reference(column.column)?;
    let generation = format!(
        "CASE WHEN {} THEN pg_catalog.encode({}, 'hex') ELSE '' END",
        is_envelope(&value),
        generation(&value)
    );
    statement.sql = format!(
        "SELECT {} FROM (SELECT {generation} AS generation FROM {} AS {ROW} \
         WHERE {of_tenant} AND {value} IS NOT NULL) AS tenancy_values GROUP BY generation",
        Row::list(
            &[
                "generation".to_owned(),
                "pg_catalog.count(*)::pg_catalog.text".to_owned()
            ],
            &[]
        ),
        shape.name,
    );
    Ok(statement)
}

//! One page: read, seal, exchange.

use tenancy_core::encryption::{
    Column, EncryptionError, EnvelopeInfo, KeyGeneration, Label, TenantKeys,
};

use super::MakeRowId;
use crate::EncryptedColumn;
use crate::encryption::operations::inventory::{generation, is_envelope};
use crate::encryption::operations::session::{Mode, Session, Transaction};
use crate::encryption::operations::shape::{Page, ROW, Shape};
use crate::encryption::operations::statement::{Row, Statement};
use crate::encryption::operations::{Ledger, LedgerEntry, Limits, OperationError, Problem, Tally};

/// How far a pass over a column has come.
pub(super) struct Paging {
    /// The key of the last row of the last page.
    behind: Option<Vec<String>>,
    over: bool,
    /// Rows that are missed are not met again.
    last: bool,
    pub(super) tally: Tally,
    pub(super) ledger: Ledger,
    /// Rows that others held or changed.
    pub(super) missed: u64,
}

pub(super) struct Step {
    /// A value names a generation that is newer than the active one: another process has added it.
    pub(super) met_newer: bool,
}

impl Paging {
    pub(super) fn new(last: bool) -> Self {
        Paging {
            behind: None,
            over: false,
            last,
            tally: Tally::default(),
            ledger: Ledger::default(),
            missed: 0,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }
}

/// A value as it is and as it will be.
struct Exchange {
    key: Vec<String>,
    old: Vec<u8>,
    new: Vec<u8>,
}

#[allow(clippy::too_many_arguments, reason = "they are what one page is about")]
pub(super) async fn page<S: Session>(
    session: &mut S,
    limits: &Limits,
    dry_run: bool,
    keys: &TenantKeys,
    shape: &Shape<'_>,
    column: &EncryptedColumn,
    row_id: Option<&MakeRowId<'_>>,
    paging: &mut Paging,
) -> Result<Step, OperationError> {
    let active = keys.active_generation()?;
    let label = Label::parse(column.label).map_err(|_| EncryptionError::Malformed)?;
    let sealing = keys.column(&label)?;
    let select = select(shape, column, limits, active, paging.behind.as_deref())?;
    let mode = if dry_run { Mode::DryRun } else { Mode::Write };

    let transaction = Transaction::begin(session, limits, mode).await?;
    let outcome = exchange(
        session,
        shape,
        column,
        select,
        |key, old| reseal(&sealing, shape, row_id, key, old),
        dry_run,
    );
    let outcome = outcome.await;
    let outcome = transaction.finish(session, outcome).await?;

    // Counted only now: the page is committed.
    let mut met_newer = false;
    paging.over = outcome.behind.is_none();
    paging.behind = outcome.behind;
    for (key, old, problem) in outcome.problems {
        let newer = EnvelopeInfo::read(&old).is_ok_and(|info| info.generation > active);
        if newer
            && problem == Problem::CannotOpen(EncryptionError::UnknownGeneration)
            && !paging.last
        {
            met_newer = true;
            paging.missed += 1;
            continue;
        }
        match problem {
            Problem::Busy if !paging.last => {
                paging.missed += 1;
                continue;
            }
            Problem::Busy | Problem::RowBound => paging.tally.skipped += 1,
            _ => paging.tally.failed += 1,
        }
        paging.ledger.add(LedgerEntry {
            table: shape.table.path,
            column: column.column,
            key: shape.row_key(key),
            problem,
        });
    }
    paging.tally.done += outcome.done;
    Ok(Step { met_newer })
}

fn reseal(
    sealing: &Column,
    shape: &Shape<'_>,
    row_id: Option<&MakeRowId<'_>>,
    key: &[String],
    old: &[u8],
) -> Result<Option<Vec<u8>>, Problem> {
    let info = EnvelopeInfo::read(old).map_err(Problem::CannotOpen)?;
    let resealed = if info.row_bound {
        let key = shape.row_key(key.to_vec());
        let id = row_id
            .and_then(|make| make(&key))
            .ok_or(Problem::RowBound)?;
        sealing.reseal_row(&id, old)
    } else {
        sealing.reseal(old)
    };
    resealed.map_err(Problem::CannotOpen)
}

struct Outcome {
    /// The key of the last row, or nothing if there was none.
    behind: Option<Vec<String>>,
    done: u64,
    problems: Vec<(Vec<String>, Vec<u8>, Problem)>,
}

async fn exchange<S: Session>(
    session: &mut S,
    shape: &Shape<'_>,
    column: &EncryptedColumn,
    select: Statement,
    mut reseal: impl FnMut(&[String], &[u8]) -> Result<Option<Vec<u8>>, Problem> + Send,
    dry_run: bool,
) -> Result<Outcome, OperationError> {
    let mut outcome = Outcome {
        behind: None,
        done: 0,
        problems: Vec::new(),
    };
    let mut exchanges = Vec::new();
    for row in session.rows(select).await? {
        let (key, mut values) = row.into_parts();
        let key: Option<Vec<String>> = key.into_iter().collect();
        let (Some(key), Some(Some(old))) = (key, values.pop()) else {
            return Err(OperationError::UnexpectedAnswer);
        };
        outcome.behind = Some(key.clone());
        match reseal(&key, &old) {
            Ok(Some(new)) => exchanges.push(Exchange { key, old, new }),
            // Another generation has become active since the page was asked for.
            Ok(None) => outcome.problems.push((key, old, Problem::Busy)),
            // Keys that cannot be used are no fault of the value.
            Err(Problem::CannotOpen(
                error @ (EncryptionError::NotUnlocked
                | EncryptionError::TenantShredded
                | EncryptionError::Rng),
            )) => return Err(error.into()),
            Err(problem) => outcome.problems.push((key, old, problem)),
        }
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    if dry_run || exchanges.is_empty() {
        outcome.done = count(exchanges.len());
        return Ok(outcome);
    }
    let update = update(shape, column, &mut exchanges)?;
    let mut done = Vec::new();
    for row in session.rows(update).await? {
        done.push(row.into_texts()?);
    }
    done.sort_unstable();
    for Exchange { key, old, .. } in exchanges {
        if done.binary_search(&key).is_ok() {
            outcome.done += 1;
        } else {
            outcome.problems.push((key, old, Problem::Busy));
        }
    }
    Ok(outcome)
}

/// The next rows in the order of the key whose value is not of the active generation. They are not
/// locked: that they have not changed is asked again when they are exchanged.
fn select(
    shape: &Shape<'_>,
    column: &EncryptedColumn,
    limits: &Limits,
    active: KeyGeneration,
    behind: Option<&[String]>,
) -> Result<Statement, OperationError> {
    let mut statement = Statement::new();
    let value = shape.reference(column.column)?;
    let of_tenant = shape.of_tenant(&mut statement);
    let active = statement.bytes(active.get().to_be_bytes());
    let behind = behind.map_or_else(String::new, |key| {
        format!("AND {}", shape.behind(&mut statement, key))
    });
    let page = Page {
        list: Row::list(&shape.key_texts(), std::slice::from_ref(&value)),
        condition: format!(
            "{of_tenant} AND {value} IS NOT NULL AND NOT ({} AND {} = {active}) {behind}",
            is_envelope(&value),
            generation(&value)
        ),
        length: format!("pg_catalog.octet_length({value})"),
        lock: "",
    };
    statement.sql = shape.page(page, limits);
    Ok(statement)
}

/// Exchanges those that are still as they were read, and that nobody holds. Nothing is waited for, so it
/// is no part of a deadlock.
fn update(
    shape: &Shape<'_>,
    column: &EncryptedColumn,
    exchanges: &mut [Exchange],
) -> Result<Statement, OperationError> {
    let mut statement = Statement::new();
    let value = shape.reference(column.column)?;
    let keys: Vec<Vec<String>> = exchanges.iter().map(|one| one.key.clone()).collect();
    let old = statement.blobs(exchanges.iter().map(|one| Some(one.old.clone())).collect());
    let new = exchanges
        .iter_mut()
        .map(|one| Some(std::mem::take(&mut one.new)));
    let new = statement.blobs(new.collect());
    let (given, same_key) = shape.given(&mut statement, &keys, &[("old", old), ("new", new)]);
    let of_tenant = shape.of_tenant(&mut statement);
    statement.sql = format!(
        "WITH tenancy_given AS MATERIALIZED (SELECT * FROM {given}), \
              tenancy_held AS MATERIALIZED (\
                  SELECT tenancy_given.* FROM {table} AS {ROW} \
                  JOIN tenancy_given ON {same_key} AND {value} = tenancy_given.old \
                  WHERE {of_tenant} FOR NO KEY UPDATE OF {ROW} SKIP LOCKED) \
         UPDATE {table} AS {ROW} SET {column} = tenancy_given.new \
         FROM tenancy_held AS tenancy_given \
         WHERE {same_key} AND {value} = tenancy_given.old AND {of_tenant} \
         RETURNING {list}",
        table = shape.name,
        column = crate::quote_identifier(column.column),
        list = Row::list(&shape.key_texts(), &[]),
    );
    Ok(statement)
}

//! One page of a plaintext column: read, seal, write, read back.

use tenancy_core::encryption::{BlindIndex, Column, EncryptionError, Label, TenantKeys};

use super::sql::Sql;
use super::{Index, MakeRowId, Plain};
use crate::EncryptedColumn;
use crate::encryption::operations::session::{Mode, Session, Transaction, read};
use crate::encryption::operations::shape::Shape;
use crate::encryption::operations::statement::Row;
use crate::encryption::operations::{Ledger, LedgerEntry, Limits, OperationError, Problem, Tally};

pub(super) struct Work<'w, 'r, T> {
    pub(super) keys: &'w TenantKeys,
    pub(super) shape: &'w Shape<'r>,
    pub(super) column: &'w EncryptedColumn,
    pub(super) row_id: Option<&'w MakeRowId<'r>>,
    pub(super) index: Option<&'w Index<T>>,
    pub(super) limits: &'w Limits,
    pub(super) dry_run: bool,
    pub(super) sql: Sql,
}

/// How far a pass over the table has come.
#[derive(Default)]
pub(super) struct Paging {
    behind: Option<Vec<String>>,
    pub(super) over: bool,
    pub(super) tally: Tally,
    pub(super) ledger: Ledger,
}

/// A row with what it holds.
struct Found {
    key: Vec<String>,
    plaintext: Option<Vec<u8>>,
    sealed: Option<Vec<u8>>,
    index: Option<Vec<u8>>,
}

impl Found {
    fn of(row: Row) -> Result<Self, OperationError> {
        let (key, values) = row.into_parts();
        let key: Option<Vec<String>> = key.into_iter().collect();
        let values: Result<[_; 3], _> = values.try_into();
        let (Some(key), Ok([plaintext, sealed, index])) = (key, values) else {
            return Err(OperationError::UnexpectedAnswer);
        };
        Ok(Found {
            key,
            plaintext,
            sealed,
            index,
        })
    }
}

/// A page that was written.
struct Written {
    behind: Option<Vec<String>>,
    done: u64,
    problems: Vec<(Vec<String>, Problem)>,
}

impl<T: Plain> Work<'_, '_, T> {
    /// Seals the next rows that have a plaintext alone.
    pub(super) async fn fill<S: Session>(
        &self,
        session: &mut S,
        paging: &mut Paging,
    ) -> Result<(), OperationError> {
        let mode = if self.dry_run {
            Mode::DryRun
        } else {
            Mode::Write
        };
        let transaction = Transaction::begin(session, self.limits, mode).await?;
        let written = self
            .seal_and_verify(session, paging.behind.as_deref())
            .await;
        let written = transaction.finish(session, written).await?;
        // Counted only now: the page is committed.
        paging.over = written.behind.is_none();
        paging.behind = written.behind;
        paging.tally.done += written.done;
        for (key, problem) in written.problems {
            if problem == Problem::RowBound {
                paging.tally.skipped += 1;
            } else {
                paging.tally.failed += 1;
            }
            self.note(paging, key, problem);
        }
        Ok(())
    }

    async fn seal_and_verify<S: Session>(
        &self,
        session: &mut S,
        behind: Option<&[String]>,
    ) -> Result<Written, OperationError> {
        let (sealing, indexing) = self.sealing()?;
        let page = self
            .sql
            .unsealed_page(self.shape, self.limits, behind, !self.dry_run);
        let mut written = Written {
            behind: None,
            done: 0,
            problems: Vec::new(),
        };
        let (mut keys, mut sealed, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for row in session.rows(page).await? {
            let found = Found::of(row)?;
            written.behind = Some(found.key.clone());
            let value = found.plaintext.and_then(T::read);
            let Some(value) = value else {
                written.problems.push((found.key, Problem::Unreadable));
                continue;
            };
            match self.seal(&sealing, &found.key, &value)? {
                Some(bytes) => sealed.push(Some(bytes)),
                None => {
                    written.problems.push((found.key, Problem::RowBound));
                    continue;
                }
            }
            let text = self.index.map(|index| (index.text)(&value));
            indexes.push(
                indexing
                    .as_ref()
                    .zip(text)
                    .map(|(index, text)| index.of(text)),
            );
            keys.push(found.key);
        }
        written.done = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        if self.dry_run || keys.is_empty() {
            return Ok(written);
        }
        let unverified = OperationError::Unverified {
            table: self.shape.table.path,
        };
        let update = self.sql.update(self.shape, &keys, sealed, indexes);
        if session.rows(update).await?.len() != keys.len() {
            return Err(unverified);
        }
        let back = session.rows(self.sql.read_back(self.shape, &keys)).await?;
        if back.len() != keys.len() {
            return Err(unverified);
        }
        for row in back {
            if self
                .judge(&sealing, indexing.as_ref(), &Found::of(row)?)?
                .is_some()
            {
                return Err(unverified);
            }
        }
        Ok(written)
    }

    /// Compares the next rows, of all that have either value.
    pub(super) async fn compare<S: Session>(
        &self,
        session: &mut S,
        paging: &mut Paging,
    ) -> Result<(), OperationError> {
        let (sealing, indexing) = self.sealing()?;
        let behind = paging.behind.take();
        let page = self
            .sql
            .any_page(self.shape, self.limits, behind.as_deref());
        for row in read(session, self.limits, page).await? {
            let found = Found::of(row)?;
            paging.behind = Some(found.key.clone());
            match self.judge(&sealing, indexing.as_ref(), &found)? {
                None => paging.tally.done += 1,
                // A dry run has listed what it would not seal.
                Some(Problem::NotSealed | Problem::Unreadable) if self.dry_run => {}
                Some(problem) => self.note(paging, found.key, problem),
            }
        }
        paging.over = paging.behind.is_none();
        Ok(())
    }

    /// How many rows have a plaintext alone.
    pub(super) async fn unsealed<S: Session>(
        &self,
        session: &mut S,
    ) -> Result<u64, OperationError> {
        let rows = read(session, self.limits, self.sql.count_unsealed(self.shape)).await?;
        let row = rows
            .into_iter()
            .next()
            .ok_or(OperationError::UnexpectedAnswer)?;
        let texts = row.into_texts()?;
        let count = texts.first().and_then(|count| count.parse().ok());
        count.ok_or(OperationError::UnexpectedAnswer)
    }

    fn sealing(&self) -> Result<(Column, Option<BlindIndex>), OperationError> {
        let label = Label::parse(self.column.label).map_err(|_| EncryptionError::Malformed)?;
        let index = self
            .index
            .map(|index| self.keys.blind_index(&index.label, index.spec));
        Ok((self.keys.column(&label)?, index.transpose()?))
    }

    /// Nothing for a row that has no id.
    fn seal(
        &self,
        sealing: &Column,
        key: &[String],
        value: &T,
    ) -> Result<Option<Vec<u8>>, OperationError> {
        let Some(make) = self.row_id else {
            return Ok(Some(sealing.seal(value)?));
        };
        let id = make(&self.shape.row_key(key.to_vec()));
        Ok(id.map(|id| sealing.seal_row(&id, value)).transpose()?)
    }

    /// What is wrong with a row, if anything.
    fn judge(
        &self,
        sealing: &Column,
        indexing: Option<&BlindIndex>,
        found: &Found,
    ) -> Result<Option<Problem>, OperationError> {
        let plaintext = match &found.plaintext {
            None => None,
            Some(stored) => match T::read(stored.clone()) {
                None => return Ok(Some(Problem::Unreadable)),
                value => value,
            },
        };
        let Some(sealed) = &found.sealed else {
            return Ok(Some(Problem::NotSealed));
        };
        let opened: Result<T, EncryptionError> = match self.row_id {
            None => sealing.open(sealed),
            Some(make) => match make(&self.shape.row_key(found.key.clone())) {
                None => return Ok(Some(Problem::RowBound)),
                Some(id) => sealing.open_row(&id, sealed),
            },
        };
        let value = match opened {
            Ok(value) => value,
            // Keys that cannot be used are no fault of the value.
            Err(error @ (EncryptionError::NotUnlocked | EncryptionError::TenantShredded)) => {
                return Err(error.into());
            }
            Err(error) => return Ok(Some(Problem::CannotOpen(error))),
        };
        let mut same = plaintext.as_ref() == Some(&value);
        if let (Some(index), Some(by_key)) = (self.index, indexing) {
            let expected = by_key.any_of((index.text)(&value));
            same &= found
                .index
                .as_ref()
                .is_some_and(|found| expected.contains(found));
        }
        Ok((!same).then_some(Problem::Differs))
    }

    fn note(&self, paging: &mut Paging, key: Vec<String>, problem: Problem) {
        paging.ledger.add(LedgerEntry {
            table: self.shape.table.path,
            column: self.column.column,
            key: self.shape.row_key(key),
            problem,
        });
    }
}

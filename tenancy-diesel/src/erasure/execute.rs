//! Carrying a plan out: round after round, until nothing of the tenant is found.

use std::time::Instant;

use diesel::QueryableByName;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Oid};
use tenancy_core::CanonicalTenant;
use tenancy_core::erasure::{Amount, Report, StepKind};

use super::error::ErasureError;
use super::layout::{Group, Layout};
use super::link::Link;
use super::session::{Mode, Session, may_pass};
use super::sql::{self, Rows};
use super::{Progress, ledger};

/// How often it goes round before it gives up on rows that keep coming.
const ROUNDS: u32 = 5;
/// How many places of rows are fetched at a time: 6 bytes each.
const PLACES: u32 = 200_000;

#[derive(Debug, Clone, Copy, QueryableByName)]
struct Count {
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = BigInt)]
    items: i64,
}

#[derive(QueryableByName)]
struct Places {
    #[diesel(sql_type = Nullable<Binary>)]
    places: Option<Vec<u8>>,
}

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = Oid)]
    oid: u32,
    #[diesel(sql_type = BigInt)]
    deleted: i64,
    #[diesel(sql_type = BigInt)]
    updated: i64,
}

/// Who is told.
pub(super) type Reporter<'a> = &'a mut (dyn FnMut(&Progress) + Send);

/// One run of an erasure.
pub(super) struct Run<'a, L> {
    pub(super) session: Session<L>,
    pub(super) layout: &'a Layout,
    pub(super) tenant: CanonicalTenant,
    pub(super) erasure: String,
    pub(super) batch: u32,
    pub(super) progress: Reporter<'a>,
    /// By table: how many rows this run has dealt with, and how many there were.
    pub(super) done: Vec<u64>,
    pub(super) total: Vec<u64>,
    pub(super) rounds: u32,
}

/// The rows of the tenant in each table of a layout.
pub(super) async fn count<L: Link>(
    session: &mut Session<L>,
    layout: &Layout,
    tenant: &CanonicalTenant,
) -> Result<Vec<u64>, ErasureError> {
    let mut rows = vec![0; layout.tables.len()];
    let Some(statement) = sql::counts(layout, tenant.as_str()) else {
        return Ok(rows);
    };
    for count in session.load::<Count>(statement).await? {
        *rows
            .get_mut(count.table()?)
            .ok_or(ErasureError::UnexpectedAnswer)? = count.items()?;
    }
    Ok(rows)
}

impl Count {
    fn table(self) -> Result<usize, ErasureError> {
        usize::try_from(self.place).map_err(|_| ErasureError::UnexpectedAnswer)
    }

    fn items(self) -> Result<u64, ErasureError> {
        u64::try_from(self.items).map_err(|_| ErasureError::UnexpectedAnswer)
    }
}

impl<L: Link> Run<'_, L> {
    /// Goes round until no row is left, beginning with these counts.
    pub(super) async fn tables(&mut self, mut rows: Vec<u64>) -> Result<(), ErasureError> {
        let mut stopped = None;
        while rows.iter().any(|&rows| rows > 0) {
            if self.rounds == 0 {
                return Err(stopped.unwrap_or_else(|| self.keeps_coming(&rows)));
            }
            self.rounds -= 1;
            stopped = match self.round(&rows).await {
                Ok(()) => None,
                Err(error) if may_pass(&error) => Some(error),
                Err(error) => return Err(error),
            };
            rows = self.count().await?;
        }
        Ok(())
    }

    pub(super) async fn count(&mut self) -> Result<Vec<u64>, ErasureError> {
        let closure = self.session.begin(Mode::Read).await?;
        let rows = count(&mut self.session, self.layout, &self.tenant).await;
        self.session.finish(closure, rows).await
    }

    fn keeps_coming(&self, rows: &[u64]) -> ErasureError {
        let tables = self.layout.tables.iter().zip(rows);
        ErasureError::KeepsComing {
            tables: tables
                .filter(|(_, rows)| **rows > 0)
                .map(|(table, _)| table.shown.clone())
                .collect(),
        }
    }

    async fn round(&mut self, rows: &[u64]) -> Result<(), ErasureError> {
        let layout = self.layout;
        for &table in &layout.changed {
            if rows[table] > 0 {
                self.each_on_its_own(&[table], None, &[], rows).await?;
            }
        }
        for group in &layout.groups {
            let sum: u64 = group.tables.iter().map(|&table| rows[table]).sum();
            if sum == 0 {
                continue;
            }
            if group.inner.is_empty() || sum <= u64::from(self.batch) {
                self.each_on_its_own(&group.tables, None, &group.watched, rows)
                    .await?;
            } else {
                self.peel(group, rows).await?;
            }
        }
        Ok(())
    }

    /// Few rows go in one statement, many in batches.
    async fn each_on_its_own(
        &mut self,
        tables: &[usize],
        group: Option<&Group>,
        watched: &[super::layout::Watched],
        rows: &[u64],
    ) -> Result<u64, ErasureError> {
        let sum: u64 = tables.iter().map(|&table| rows[table]).sum();
        if group.is_none() && sum <= u64::from(self.batch) {
            return self.batch(tables, Rows::All, watched).await;
        }
        let mut done = 0;
        for &table in tables {
            loop {
                let places = self.places(table, group).await?;
                let is_last = places.len() < usize::try_from(PLACES).unwrap_or(usize::MAX);
                let mut gone = 0;
                for some in places.chunks(usize::try_from(self.batch).unwrap_or(usize::MAX)) {
                    let array = sql::array(some);
                    gone += self.batch(&[table], Rows::At(&array), watched).await?;
                }
                done += gone;
                // What was locked, moved or came since is met in the next round.
                if is_last || gone == 0 {
                    break;
                }
            }
        }
        Ok(done)
    }

    /// Rows that nothing points to go first, layer by layer, in batches. What is left then points to itself
    /// in a circle, or stands in a row behind one another, and goes in one statement: the foreign keys are
    /// checked at its end.
    async fn peel(&mut self, group: &Group, rows: &[u64]) -> Result<(), ErasureError> {
        let layout = self.layout;
        // Two rows of a partitioned table may have the same ctid.
        let is_plain = |&table: &usize| !layout.tables[table].has_children;
        if group.tables.iter().all(is_plain) {
            let mut progress = u64::MAX;
            while progress >= u64::from(self.batch) {
                progress = 0;
                for &table in &group.tables {
                    progress += self
                        .each_on_its_own(&[table], Some(group), &group.watched, rows)
                        .await?;
                }
            }
        }
        self.batch(&group.tables, Rows::All, &group.watched).await?;
        Ok(())
    }

    async fn places(
        &mut self,
        table: usize,
        group: Option<&Group>,
    ) -> Result<Vec<[u8; 6]>, ErasureError> {
        let statement = sql::places(self.layout, table, group, PLACES, self.tenant.as_str());
        let closure = self.session.begin(Mode::Read).await?;
        let found = self.session.one::<Places>(statement).await;
        let found = self.session.finish(closure, found).await?.places;
        let (places, rest) = found.as_deref().unwrap_or_default().as_chunks::<6>();
        if rest.is_empty() {
            Ok(places.to_vec())
        } else {
            Err(ErasureError::UnexpectedAnswer)
        }
    }

    /// One transaction: the rows, and the note of them in the ledger.
    async fn batch(
        &mut self,
        tables: &[usize],
        rows: Rows<'_>,
        watched: &[super::layout::Watched],
    ) -> Result<u64, ErasureError> {
        let closure = self.session.begin(Mode::Write).await?;
        let counts = self.change(tables, rows, watched).await;
        // A constraint that is deferred speaks at COMMIT.
        let counts = self.session.finish(closure, counts).await;
        let counts = counts.map_err(|error| self.referenced(tables, error))?;
        let mut sum = 0;
        for count in counts {
            let (table, items) = (count.table()?, count.items()?);
            sum += items;
            self.done[table] += items;
            self.total[table] = self.total[table].max(self.done[table]);
            (self.progress)(&Progress {
                kind: self.layout.tables[table].step(),
                name: self.layout.tables[table].shown.clone(),
                done: self.done[table],
                total: Some(self.total[table]),
            });
        }
        self.session.pause().await;
        Ok(sum)
    }

    async fn change(
        &mut self,
        tables: &[usize],
        rows: Rows<'_>,
        watched: &[super::layout::Watched],
    ) -> Result<Vec<Count>, ErasureError> {
        let before = self.touched(watched).await?;
        let tenant = self.tenant.as_str();
        let statement = sql::change(self.layout, tables, rows, tenant, &self.erasure);
        let counts: Vec<Count> = self.session.load(statement).await?;
        let after = self.touched(watched).await?;
        let deleted = |table: Option<usize>| {
            let own = counts.iter().find(|count| count.table().ok() == table);
            own.map_or(0, |count| count.items)
        };
        let reached: Vec<String> = watched
            .iter()
            .zip(before.iter().zip(&after))
            .filter(
                |(watched, ((deletes, updates), (deletes_now, updates_now)))| {
                    deletes_now - deletes != deleted(watched.table) || updates_now != updates
                },
            )
            .map(|(watched, _)| watched.constraint.clone())
            .collect();
        if reached.is_empty() {
            return Ok(counts);
        }
        Err(ErasureError::ReachesOthers {
            table: self.shown(tables),
            constraints: reached,
        })
    }

    /// The numbers of rows that the transaction has deleted and updated, for each watched table.
    async fn touched(
        &mut self,
        watched: &[super::layout::Watched],
    ) -> Result<Vec<(i64, i64)>, ErasureError> {
        if watched.is_empty() {
            return Ok(Vec::new());
        }
        let mut relations: Vec<u32> = watched
            .iter()
            .flat_map(|watched| watched.family.iter().copied())
            .collect();
        relations.sort_unstable();
        relations.dedup();
        let touched: Vec<Touched> = self.session.load(sql::touched(relations)).await?;
        let sums = watched.iter().map(|watched| {
            let family = touched
                .iter()
                .filter(|row| watched.family.contains(&row.oid));
            family.fold((0, 0), |(deleted, updated), row| {
                (deleted + row.deleted, updated + row.updated)
            })
        });
        Ok(sums.collect())
    }

    fn shown(&self, tables: &[usize]) -> String {
        let names = tables
            .iter()
            .map(|&table| self.layout.tables[table].shown.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    /// Says which rows stand in the way, without their values.
    fn referenced(&self, tables: &[usize], error: ErasureError) -> ErasureError {
        match &error {
            ErasureError::Database(QueryError::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation,
                info,
            )) => ErasureError::StillReferenced {
                table: self.shown(tables),
                constraint: info.constraint_name().unwrap_or_default().to_owned(),
                by: info.table_name().unwrap_or_default().to_owned(),
            },
            _ => error,
        }
    }

    /// Notes a step outside of the tables.
    pub(super) async fn note(
        &mut self,
        kind: StepKind,
        name: &str,
        amount: Amount,
        since: Instant,
    ) -> Result<(), ErasureError> {
        (self.progress)(&Progress {
            kind,
            name: name.to_owned(),
            done: amount.items,
            total: None,
        });
        ledger::note(
            &mut self.session,
            self.tenant.as_str(),
            &self.erasure,
            (kind, name, amount),
            since.elapsed(),
        )
        .await
    }

    /// The report, in the ledger.
    pub(super) async fn finish(
        &mut self,
        complete: impl FnOnce(&mut Report, String) + Send,
    ) -> Result<Report, ErasureError> {
        let closure = self.session.begin(Mode::Write).await?;
        let finished = async {
            self.session.set(crate::search_path::TRUSTED).await?;
            let (mut report, now) =
                ledger::report(&mut self.session, &self.tenant, &self.erasure).await?;
            complete(&mut report, now);
            ledger::finish(&mut self.session, self.tenant.as_str(), report).await
        };
        let finished = finished.await;
        self.session.finish(closure, finished).await
    }
}

/// A run may go round this often.
pub(super) const fn rounds() -> u32 {
    ROUNDS
}

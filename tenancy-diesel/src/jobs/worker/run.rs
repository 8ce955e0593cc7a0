//! The loop of a worker.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::task::Became;
use super::{Inner, Tenants, Worker};
use crate::jobs::QueueError;
use crate::pool::AsyncScopePool;
use crate::table::Schema;

/// How often what was done long ago is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// What a worker did until it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Report {
    /// Jobs that were done.
    pub done: u64,
    /// Jobs that had been done before, and were not run.
    pub repeated: u64,
    /// Attempts that failed, of jobs that are tried again.
    pub retried: u64,
    /// Jobs that became dead letters.
    pub dead: u64,
    /// Attempts that were cut off, because another worker has the job or it was erased.
    pub lost: u64,
    /// Attempts that were cut off when the worker was stopped. Their jobs are in the queue again.
    pub interrupted: u64,
    /// How often the queue could not be asked.
    pub unreachable: u64,
}

type Tasks = JoinSet<Result<Became, QueueError>>;

impl<T: Tenants> Worker<T> {
    /// Runs jobs until `shutdown` is ready. Then no job is begun any more, and those that run have the time that
    /// [`grace`](super::Builder::grace) gives them.
    ///
    /// A queue that cannot be asked is asked again after the interval of polling. A future that is dropped cuts its
    /// jobs off; they come back when their leases are over.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Report {
        let mut shutdown = pin!(shutdown);
        let mut round = Round::new(&self.0);
        loop {
            let found = round.begin().await;
            if found && !round.is_full() {
                // There may be more. But whoever wants to stop comes first.
                match select(shutdown.as_mut(), std::future::ready(())).await {
                    Either::Left(_) => break,
                    Either::Right(_) => continue,
                }
            }
            let wait = pin!(round.wait());
            match select(shutdown.as_mut(), wait).await {
                Either::Left(_) => break,
                Either::Right(_) => {}
            }
        }
        round.stop().await
    }

    /// Runs jobs until none is due and none runs. Those that wait for a later time, or to be tried again, stay.
    ///
    /// For programs that a timer starts, and for tests.
    ///
    /// # Errors
    /// [`QueueError`] when the queue could not be asked.
    pub async fn run_until_idle(&self) -> Result<Report, QueueError> {
        let mut round = Round::new(&self.0);
        loop {
            let found = round.try_begin().await;
            match found {
                Ok(true) if !round.is_full() => continue,
                Ok(false) if round.tasks.is_empty() => return Ok(round.report),
                Ok(_) => round.one_ends().await,
                Err(error) => {
                    round.stop().await;
                    return Err(error);
                }
            }
        }
    }
}

struct Round<'a, S: Schema, P: AsyncScopePool> {
    inner: &'a Arc<Inner<S, P>>,
    tasks: Tasks,
    /// The tenant that had the last turn.
    cursor: Vec<u8>,
    report: Report,
    forgotten: Option<Instant>,
}

impl<'a, S: Schema, P: AsyncScopePool> Round<'a, S, P> {
    fn new(inner: &'a Arc<Inner<S, P>>) -> Self {
        Round {
            inner,
            tasks: JoinSet::new(),
            cursor: Vec::new(),
            report: Report::default(),
            forgotten: None,
        }
    }

    fn is_full(&self) -> bool {
        self.tasks.len() >= self.inner.settings.concurrency
    }

    /// Begins as many jobs as there is room for. Whether there were any.
    async fn try_begin(&mut self) -> Result<bool, QueueError> {
        while let Some(ended) = self.tasks.try_join_next() {
            self.count(ended);
        }
        let free = self
            .inner
            .settings
            .concurrency
            .saturating_sub(self.tasks.len());
        if free == 0 {
            return Ok(true);
        }
        let claimed = self.inner.claim(&mut self.cursor, free).await?;
        let found = !claimed.is_empty();
        for claimed in claimed {
            let inner = Arc::clone(self.inner);
            self.tasks.spawn(async move { inner.attend(claimed).await });
        }
        Ok(found)
    }

    async fn begin(&mut self) -> bool {
        let begun = self.try_begin().await;
        begun.unwrap_or_else(|error| {
            self.unreachable(&error);
            false
        })
    }

    /// Waits until a job ends or it is time to look for new ones.
    async fn wait(&mut self) {
        if !self.is_full() {
            self.forget().await;
        }
        let poll = self.inner.settings.poll;
        if self.is_full() {
            self.one_ends().await;
        } else if self.tasks.is_empty() {
            tokio::time::sleep(poll).await;
        } else if let Ok(Some(ended)) = tokio::time::timeout(poll, self.tasks.join_next()).await {
            self.count(ended);
        }
    }

    async fn one_ends(&mut self) {
        if let Some(ended) = self.tasks.join_next().await {
            self.count(ended);
        }
    }

    /// Lets the running jobs end, cuts off those that do not, and puts them back.
    async fn stop(mut self) -> Report {
        let grace = self.inner.settings.grace;
        let ended = tokio::time::timeout(grace, async {
            while let Some(ended) = self.tasks.join_next().await {
                self.count(ended);
            }
        });
        if ended.await.is_err() {
            self.tasks.abort_all();
            while let Some(ended) = self.tasks.join_next().await {
                self.count(ended);
            }
        }
        if let Err(error) = self.inner.release().await {
            self.unreachable(&error);
        }
        self.report
    }

    fn count(&mut self, ended: Result<Result<Became, QueueError>, JoinError>) {
        let report = &mut self.report;
        match ended {
            Ok(Ok(Became::Done)) => report.done += 1,
            Ok(Ok(Became::Repeated)) => report.repeated += 1,
            Ok(Ok(Became::Retried)) => report.retried += 1,
            Ok(Ok(Became::Dead)) => report.dead += 1,
            Ok(Ok(Became::Lost)) => report.lost += 1,
            Ok(Err(error)) => self.unreachable(&error),
            Err(_) => report.interrupted += 1,
        }
    }

    fn unreachable(&mut self, error: &QueueError) {
        self.report.unreachable += 1;
        tracing::warn!(
            target: "tenancy::jobs",
            error = error as &(dyn std::error::Error + 'static),
            "the queue of jobs could not be asked"
        );
    }

    async fn forget(&mut self) {
        let recently = self
            .forgotten
            .is_some_and(|then| then.elapsed() < FORGET_EVERY);
        if recently {
            return;
        }
        self.forgotten = Some(Instant::now());
        if let Err(error) = self.inner.forget().await {
            self.unreachable(&error);
        }
    }
}

//! Questions that only the rows answer.
//!
//! Each is a number of rows. Many go in one statement, so that a thousand small tables are not a thousand
//! round trips; big tables go alone. What fails is halved until it is clear which question it was, and the
//! rest is answered.

#[cfg(feature = "postgres")]
use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt};
#[cfg(feature = "async")]
use diesel_async::AsyncPgConnection;

use super::Object;
use super::catalog::Relation;
use super::context::Context;
use super::rules;

/// With row_security off, a policy that would hide rows is an error.
const SETTINGS: &str = "SET LOCAL row_security = off; SET LOCAL statement_timeout = '60s'; \
                        SET LOCAL lock_timeout = '2s'";

/// How many questions go in one statement.
const MOST_QUESTIONS: usize = 100;
/// How many rows they may have to read, by the planner's estimate.
const MOST_ROWS: f32 = 1_000_000.0;

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    NoTenant,
    Orphans,
    UnknownTenants,
    Plaintext,
}

/// A number to ask for.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) about: About,
    pub(super) relation: &'a Relation,
    pub(super) object: Object,
    /// What is counted, for the evidence: "rows have no tenant".
    pub(super) counted: String,
    /// A query of one number, or why there can be none.
    pub(super) sql: Result<String, String>,
}

/// A number, or why there is none.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) question: Question<'a>,
    pub(super) count: Result<i64, String>,
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = Array<BigInt>)]
    counts: Vec<i64>,
}

/// The questions that are still to be asked, and the answers so far.
pub(super) struct Interview<'a> {
    /// The last one is asked next.
    batches: Vec<Vec<Question<'a>>>,
    answers: Vec<Answer<'a>>,
    queries: usize,
}

impl<'a> Interview<'a> {
    pub(super) fn new(context: &Context<'a>, read_rows: bool) -> Self {
        let mut interview = Interview {
            batches: Vec::new(),
            answers: Vec::new(),
            queries: 0,
        };
        if read_rows {
            for question in rules::questions(context) {
                interview.take(context, question);
            }
        }
        interview
    }

    fn take(&mut self, context: &Context<'a>, question: Question<'a>) {
        let session = &context.catalog.session;
        let role = context.catalog.role_named(&session.current_user);
        let sees_all = role.is_some_and(|role| role.superuser || role.bypasses_rls);
        let refusal = match &question.sql {
            Err(why) => Some(why.clone()),
            Ok(_) if question.relation.secured && !sees_all => Some(format!(
                "row-level security holds for {}",
                session.current_user
            )),
            Ok(_) => None,
        };
        if let Some(why) = refusal {
            self.answers.push(Answer {
                question,
                count: Err(why),
            });
            return;
        }
        let rows = |question: &Question<'_>| {
            let activity = context.catalog.activity_of(question.relation.oid);
            activity.map_or(0.0, |activity| activity.rows.max(0.0))
        };
        let fits = self.batches.last().is_some_and(|batch| {
            let read: f32 = batch.iter().map(rows).sum();
            batch.len() < MOST_QUESTIONS && read + rows(&question) <= MOST_ROWS
        });
        match self.batches.last_mut() {
            Some(batch) if fits => batch.push(question),
            _ => self.batches.push(vec![question]),
        }
    }

    /// How many statements were sent, savepoints included.
    pub(super) fn queries(&self) -> usize {
        self.queries
    }

    pub(super) fn finish(self) -> Vec<Answer<'a>> {
        self.answers
    }

    /// One statement for the next batch.
    fn next(&mut self) -> Option<String> {
        let batch = self.batches.last()?;
        let questions: Vec<String> = batch
            .iter()
            .filter_map(|question| question.sql.as_ref().ok())
            .map(|sql| format!("({sql})"))
            .collect();
        self.queries += 3;
        Some(format!(
            "SELECT ARRAY[{}]::int8[] AS counts",
            questions.join(", ")
        ))
    }

    /// Takes the answer to [`next`](Self::next).
    fn record(&mut self, answer: QueryResult<Counts>) -> QueryResult<()> {
        let mut batch = self.batches.pop().unwrap_or_default();
        match answer {
            Ok(Counts { counts }) => self.answers.extend(batch.into_iter().zip(counts).map(
                |(question, count)| Answer {
                    question,
                    count: Ok(count),
                },
            )),
            Err(Error::DatabaseError(kind, error)) if !is_fatal(&kind) => {
                if batch.len() > 1 {
                    let half = batch.split_off(batch.len() / 2);
                    self.batches.extend([half, batch]);
                } else {
                    let why = error.message().to_owned();
                    self.answers
                        .extend(batch.into_iter().map(|question| Answer {
                            question,
                            count: Err(why.clone()),
                        }));
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    #[cfg(feature = "postgres")]
    pub(super) fn run<C>(&mut self, conn: &mut C) -> QueryResult<()>
    where
        C: LoadConnection<Backend = diesel::pg::Pg>,
    {
        if !self.batches.is_empty() {
            self.queries += 1;
            conn.batch_execute(SETTINGS)?;
        }
        while let Some(sql) = self.next() {
            let answer = conn.transaction(|conn| sql_query(sql).get_result(conn));
            self.record(answer)?;
        }
        Ok(())
    }

    #[cfg(feature = "async")]
    pub(super) async fn run_async(&mut self, conn: &mut AsyncPgConnection) -> QueryResult<()> {
        use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};

        if !self.batches.is_empty() {
            self.queries += 1;
            conn.batch_execute(SETTINGS).await?;
        }
        while let Some(sql) = self.next() {
            let answer = conn
                .transaction(async |conn| RunQueryDsl::get_result(sql_query(sql), conn).await)
                .await;
            self.record(answer)?;
        }
        Ok(())
    }
}

/// Whether nothing more can be asked on the connection.
fn is_fatal(kind: &DatabaseErrorKind) -> bool {
    matches!(
        kind,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand
    )
}

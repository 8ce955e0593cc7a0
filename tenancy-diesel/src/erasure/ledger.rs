//! The rows of `tenancy.erasures`: rows are added and never changed. That of a batch is committed with it.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use tenancy_core::CanonicalTenant;
use tenancy_core::erasure::{Amount, Report, Step, StepKind};

use super::error::ErasureError;
use super::link::Link;
use super::session::{Mode, Session, Statement};
use crate::purpose::Purpose;
use crate::search_path::TRUSTED;

/// The form of times in a report.
const TIME: &str = r#"'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"#;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct Beginning {
    #[diesel(sql_type = Text)]
    actor: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Text)]
    started: String,
    #[diesel(sql_type = Text)]
    now: String,
    #[diesel(sql_type = Text)]
    database: String,
    #[diesel(sql_type = Text)]
    role: String,
}

#[derive(QueryableByName)]
struct Done {
    #[diesel(sql_type = Text)]
    step: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    items: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    bytes: Option<i64>,
    #[diesel(sql_type = Text)]
    started: String,
    #[diesel(sql_type = Text)]
    finished: String,
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    report: String,
}

/// The erasure of the tenant that has begun and is not finished. In a transaction.
pub(super) async fn unfinished<L: Link>(
    session: &mut Session<L>,
    tenant: &str,
) -> Result<Option<String>, ErasureError> {
    let statement = Statement::new(
        "SELECT b.erasure::text AS id FROM tenancy.erasures AS b \
         WHERE b.tenant = $1 AND b.kind = 'begin' AND NOT EXISTS ( \
             SELECT FROM tenancy.erasures AS f WHERE f.erasure = b.erasure AND f.kind = 'finish') \
         ORDER BY b.id DESC LIMIT 1",
    );
    let found: Vec<Id> = session.load(statement.text(tenant)).await?;
    Ok(found.into_iter().next().map(|found| found.id))
}

/// Goes on with the erasure of the tenant that is not finished, or begins one.
pub(super) async fn begin<L: Link>(
    session: &mut Session<L>,
    tenant: &str,
    purpose: &Purpose,
) -> Result<String, ErasureError> {
    let closure = session.begin(Mode::Write).await?;
    let begun = async {
        session.set(TRUSTED).await?;
        // Two that begin at the same time are one.
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('tenancy erasure ' || $1, 0))";
        session.execute(Statement::new(lock).text(tenant)).await?;
        if let Some(erasure) = unfinished(session, tenant).await? {
            return Ok(erasure);
        }
        let Id { id } = session
            .one(Statement::new("SELECT gen_random_uuid()::text AS id"))
            .await?;
        let insert = Statement::new(
            "INSERT INTO tenancy.erasures (erasure, tenant, kind, actor, reason) \
             SELECT $2::uuid, $1, 'begin', $3, $4",
        );
        let insert = insert
            .text(tenant)
            .text(&*id)
            .text(&*purpose.actor)
            .text(&*purpose.reason);
        session.execute(insert).await?;
        Ok(id)
    };
    let begun = begun.await;
    session.finish(closure, begun).await
}

/// A step outside of the tables that has just been done.
pub(super) async fn note<L: Link>(
    session: &mut Session<L>,
    tenant: &str,
    erasure: &str,
    step: (StepKind, &str, Amount),
    took: std::time::Duration,
) -> Result<(), ErasureError> {
    let (kind, name, amount) = step;
    let closure = session.begin(Mode::Write).await?;
    let noted = async {
        session.set(TRUSTED).await?;
        let insert = Statement::new(
            "INSERT INTO tenancy.erasures (erasure, tenant, kind, step, name, items, bytes, started_at) \
             SELECT $2::uuid, $1, 'step', $3, $4, $5, $6, \
                 clock_timestamp() - make_interval(secs => $7 / 1e6::float8)",
        );
        let insert = insert
            .text(tenant)
            .text(erasure)
            .text(kind.as_str())
            .text(name)
            .number(Some(number(amount.items)))
            .number(amount.bytes.map(number))
            .number(Some(i64::try_from(took.as_micros()).unwrap_or(i64::MAX)));
        session.execute(insert).await.map(drop)
    };
    let noted = noted.await;
    session.finish(closure, noted).await
}

/// What was done so far, as the ledger has it.
pub(super) async fn report<L: Link>(
    session: &mut Session<L>,
    tenant: &CanonicalTenant,
    erasure: &str,
) -> Result<(Report, String), ErasureError> {
    let beginning = Statement::new(format!(
        "SELECT b.actor, b.reason, to_char(b.recorded_at AT TIME ZONE 'UTC', {TIME}) AS started, \
             to_char(clock_timestamp() AT TIME ZONE 'UTC', {TIME}) AS now, \
             current_database()::text AS database, current_user::text AS role \
         FROM tenancy.erasures AS b \
         WHERE b.erasure = $1::uuid AND b.kind = 'begin' ORDER BY b.id LIMIT 1"
    ));
    let beginning: Beginning = session.one(beginning.text(erasure)).await?;
    let steps = Statement::new(format!(
        "SELECT s.step, s.name, sum(s.items)::int8 AS items, sum(s.bytes)::int8 AS bytes, \
             to_char(min(s.started_at) AT TIME ZONE 'UTC', {TIME}) AS started, \
             to_char(max(s.recorded_at) AT TIME ZONE 'UTC', {TIME}) AS finished \
         FROM tenancy.erasures AS s WHERE s.erasure = $1::uuid AND s.kind = 'step' \
         GROUP BY s.step, s.name ORDER BY max(s.id)"
    ));
    let steps: Vec<Done> = session.load(steps.text(erasure)).await?;
    let mut report = Report::new(erasure, tenant.clone(), beginning.started);
    report.actor = beginning.actor;
    report.reason = beginning.reason;
    report.database = beginning.database;
    report.role = beginning.role;
    for done in steps {
        report.steps.push(done.step()?);
    }
    Ok((report, beginning.now))
}

/// Writes the report down. Where another run has finished the same erasure, that one's stands.
pub(super) async fn finish<L: Link>(
    session: &mut Session<L>,
    tenant: &str,
    report: Report,
) -> Result<Report, ErasureError> {
    let unreadable = |_| ErasureError::UnexpectedAnswer;
    let insert = Statement::new(
        "INSERT INTO tenancy.erasures (erasure, tenant, kind, report) \
         SELECT $2::uuid, $1, 'finish', $3 ON CONFLICT DO NOTHING",
    );
    let insert = insert
        .text(tenant)
        .text(&*report.erasure)
        .text(report.to_json().map_err(unreadable)?);
    session.execute(insert).await?;
    let stored = Statement::new(
        "SELECT f.report FROM tenancy.erasures AS f \
         WHERE f.erasure = $1::uuid AND f.kind = 'finish'",
    );
    let Stored { report } = session.one(stored.text(&*report.erasure)).await?;
    Report::from_json(&report).map_err(unreadable)
}

/// The reports of the tenant's erasures that are finished, the oldest first. In a transaction.
pub(super) async fn finished<L: Link>(
    session: &mut Session<L>,
    tenant: &str,
) -> Result<Vec<Report>, ErasureError> {
    let statement = Statement::new(
        "SELECT f.report FROM tenancy.erasures AS f \
         WHERE f.tenant = $1 AND f.kind = 'finish' ORDER BY f.id",
    );
    let stored: Vec<Stored> = session.load(statement.text(tenant)).await?;
    stored
        .into_iter()
        .map(|stored| Report::from_json(&stored.report).map_err(|_| ErasureError::UnexpectedAnswer))
        .collect()
}

impl Done {
    fn step(self) -> Result<Step, ErasureError> {
        let kinds = [
            StepKind::Rows,
            StepKind::Anonymised,
            StepKind::Target,
            StepKind::Keys,
        ];
        let kind = kinds.into_iter().find(|kind| kind.as_str() == self.step);
        let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
        let mut amount = Amount::items(unsigned(self.items));
        amount.bytes = self.bytes.map(unsigned);
        let mut step = Step::new(
            kind.ok_or(ErasureError::UnexpectedAnswer)?,
            self.name,
            amount,
        );
        step.started = self.started;
        step.finished = self.finished;
        Ok(step)
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

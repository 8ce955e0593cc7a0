//! The report: a job that runs in the background, in the scope of the organisation that asked for it.

use std::time::Duration;

use diesel_async::RunQueryDsl;
use scoped_futures::ScopedFutureExt;
use serde::{Deserialize, Serialize};
use tenancy_diesel::jobs::{Delivery, Job, Queue, Worker};
use tenancy_diesel::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::BoxError;
use crate::schema::{TenantPool, projects, reports, tasks};
use crate::text_enum::{Progress, Status};
use crate::web::Conn;

/// A line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) project: String,
    /// To do, in progress, done, late.
    pub(crate) numbers: [usize; 4],
}

/// The job. What waits in the queue is sealed under the organisation's keys.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WriteReport {
    /// The row that the result goes into.
    pub(crate) report: Uuid,
}

impl Job for WriteReport {
    const KIND: &'static str = "write-report";
}

/// Runs the jobs until `shutdown` is ready, in this process or in one of its own.
///
/// A handler is given a scope of the organisation that the job was made for, and nothing else.
///
/// # Errors
/// When the roles of the queue can do what they must not.
pub async fn worker(
    pool: TenantPool,
    queue: Queue,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<impl Future<Output = ()> + Send, BoxError> {
    let worker = Worker::builder(pool, queue)
        .poll_every(Duration::from_millis(250))
        .handle(|job: Delivery<WriteReport>, conn: &mut Conn| {
            async move { Ok(run(conn, job.report).await?) }.scope_boxed()
        })
        .build()
        .await?;
    Ok(async move {
        worker.run(shutdown).await;
    })
}

/// Counts, and writes the result into the row. Running twice does no harm.
pub(crate) async fn run(conn: &mut Conn, id: Uuid) -> QueryResult<()> {
    let today = OffsetDateTime::now_utc().date();
    let all: Vec<(Uuid, String)> = projects::table
        .order((projects::name, projects::id))
        .select((projects::id, projects::name))
        .load(conn)
        .await?;
    let counted: Vec<(Uuid, Status, Option<time::Date>)> = tasks::table
        .select((tasks::project_id, tasks::status, tasks::due_on))
        .load(conn)
        .await?;
    let lines: Vec<Line> = all
        .into_iter()
        .map(|(id, project)| {
            let of_project = || counted.iter().filter(move |(of, ..)| *of == id);
            let of = |wanted| {
                of_project()
                    .filter(|(_, status, _)| *status == wanted)
                    .count()
            };
            let late = of_project()
                .filter(|(_, status, due)| {
                    *status != Status::Done && due.is_some_and(|due| due < today)
                })
                .count();
            let numbers = [of(Status::Todo), of(Status::Doing), of(Status::Done), late];
            Line { project, numbers }
        })
        .collect();
    update(reports::table.find(id))
        .set((
            reports::status.eq(Progress::Done),
            reports::finished_at.eq(OffsetDateTime::now_utc()),
            reports::result.eq(write(&lines)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A line for each project: numbers, and the name at the end, which has no line breaks.
fn write(lines: &[Line]) -> String {
    let text = lines.iter().map(|line| {
        let [todo, doing, done, late] = line.numbers;
        format!("{todo} {doing} {done} {late} {}", line.project)
    });
    text.collect::<Vec<_>>().join("\n")
}

/// Reads what [`run`] has written.
pub(crate) fn read(result: &str) -> Vec<Line> {
    result.lines().filter_map(read_line).collect()
}

fn read_line(line: &str) -> Option<Line> {
    let mut words = line.splitn(5, ' ');
    let mut number = || words.next()?.parse().ok();
    let numbers = [number()?, number()?, number()?, number()?];
    let project = words.next()?.to_owned();
    Some(Line { project, numbers })
}

#[cfg(test)]
mod tests {
    use super::{Line, read, write};

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let line = |project: &str, numbers| Line {
            project: project.to_owned(),
            numbers,
        };
        let lines = [line("Harbour 2 3", [1, 0, 12, 4]), line("x", [0; 4])];
        assert_eq!(read(&write(&lines)), lines);
        assert!(read("").is_empty());
    }
}

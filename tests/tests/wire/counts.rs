//! The table of docs/architecture.md.

use std::fmt::Write;

use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::{TryStreamExt, try_join};
use tenancy_diesel::prelude::*;
use tenancy_tests::models::Status;
use tenancy_tests::schema::{projects, tasks};

use crate::line::{Conn, Cost, Line};

/// A way to run statements.
#[derive(Debug, Clone, Copy)]
enum Mode {
    Static,
    CustomType,
    Boxed,
    Update,
    Upsert,
    SmallBatch,
    LargeBatch,
    RawFragment,
    Stream,
    LongStream,
    Transaction,
    EmptyTransaction,
    Savepoint,
    Pipeline,
    PipelineInTransaction,
}

const MODES: [(Mode, &str); 15] = [
    (
        Mode::Static,
        "query, insert or delete with a static query id",
    ),
    (Mode::CustomType, "the same with a bind of a custom type"),
    (Mode::Boxed, "boxed query"),
    (Mode::Update, "update"),
    (Mode::Upsert, "upsert"),
    (Mode::SmallBatch, "`Vec` of up to 16 rows"),
    (Mode::LargeBatch, "`Vec` of more rows"),
    (Mode::RawFragment, "query with a fragment of raw SQL"),
    (Mode::Stream, "`load_stream` of up to 64 rows"),
    (Mode::LongStream, "`load_stream` of more rows"),
    (Mode::Transaction, "`transaction` of 5 statements"),
    (Mode::EmptyTransaction, "`transaction` of none"),
    (
        Mode::Savepoint,
        "`transaction` with a savepoint around one statement",
    ),
    (Mode::Pipeline, "`pipeline` of 3 statements"),
    (
        Mode::PipelineInTransaction,
        "`pipeline` of 3 statements in a transaction",
    ),
];

/// Rows for statements of this run, which no other run inserts.
fn rows(
    run: i32,
    rows: i32,
) -> Vec<(
    diesel::dsl::Eq<projects::id, i32>,
    diesel::dsl::Eq<projects::name, String>,
)> {
    (0..rows)
        .map(|i| {
            (
                projects::id.eq(1000 * run + i),
                projects::name.eq(format!("p{run} {i}")),
            )
        })
        .collect()
}

async fn names(conn: &mut Conn) -> QueryResult<Vec<String>> {
    projects::table
        .order(projects::id)
        .limit(3)
        .select(projects::name)
        .load(conn)
        .await
}

async fn run(mode: Mode, run: i32, conn: &mut Conn) -> QueryResult<()> {
    match mode {
        Mode::Static => assert_eq!(names(conn).await?, ["alpha a", "beta a", "gamma a"]),
        Mode::CustomType => {
            let open = tasks::table.filter(tasks::status.eq(Status::Open)).count();
            assert_eq!(open.get_result::<i64>(conn).await?, 2);
        }
        Mode::Boxed => {
            let boxed = projects::table
                .filter(projects::name.like("%a"))
                .into_boxed();
            assert_eq!(boxed.select(projects::id).load::<i32>(conn).await?.len(), 3);
        }
        Mode::Update => {
            let changed = update(projects::table.find(2)).set(projects::country.eq("fr"));
            assert_eq!(changed.execute(conn).await?, 1);
        }
        Mode::Upsert => {
            let row = insert_into(projects::table)
                .values((projects::id.eq(1), projects::name.eq("alpha a")))
                .on_conflict(projects::id)
                .do_update()
                .set(projects::name.eq("alpha a"));
            assert_eq!(row.execute(conn).await?, 1);
        }
        Mode::SmallBatch => {
            let batch = insert_into(projects::table).values(rows(run, 16));
            assert_eq!(batch.execute(conn).await?, 16);
        }
        Mode::LargeBatch => {
            let batch = insert_into(projects::table).values(rows(run, 17));
            assert_eq!(batch.execute(conn).await?, 17);
        }
        Mode::RawFragment => {
            let ids = tasks::table
                .filter(sql::<Bool>("points > 0"))
                .select(tasks::id);
            assert_eq!(ids.load::<i32>(conn).await?.len(), 3);
        }
        Mode::Stream => {
            let few = projects::table
                .filter(projects::id.lt(10))
                .select(projects::id);
            let stream = few.load_stream::<i32>(conn).await?;
            assert_eq!(stream.try_collect::<Vec<_>>().await?.len(), 3);
        }
        Mode::LongStream => {
            // The batches before have left more rows than are held back.
            let stream = projects::table
                .select(projects::id)
                .load_stream::<i32>(conn)
                .await?;
            assert!(stream.try_collect::<Vec<_>>().await?.len() > 64);
        }
        Mode::Transaction => {
            conn.transaction(async |conn| {
                for _ in 0..5 {
                    names(conn).await?;
                }
                QueryResult::Ok(())
            })
            .await?;
        }
        Mode::EmptyTransaction => conn.transaction(async |_| QueryResult::Ok(())).await?,
        Mode::Savepoint => {
            conn.transaction(async |conn| conn.transaction(async |conn| names(conn).await).await)
                .await?;
        }
        Mode::Pipeline => three(conn).await?,
        Mode::PipelineInTransaction => conn.transaction(async |conn| three(conn).await).await?,
    }
    Ok(())
}

async fn three(conn: &mut Conn) -> QueryResult<()> {
    let (ids, tasks, name) = conn
        .pipeline(async |conn| {
            try_join!(
                conn.load::<i32, _>(
                    projects::table
                        .filter(projects::id.lt(10))
                        .select(projects::id)
                ),
                conn.get_result::<i64, _>(tasks::table.count()),
                conn.first::<String, _>(projects::table.find(3).select(projects::name)),
            )
        })
        .await?;
    assert_eq!((ids.len(), tasks, name.as_str()), (3, 3, "gamma a"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_costs_what_the_table_says() {
    let line = Line::new();
    let mut table = String::from("| | first time | later |\n|---|---|---|\n");
    for (mode, label) in MODES {
        let mut least: Option<[Cost; 2]> = None;
        // A `Close` that nobody waits for can only make the count higher.
        for attempt in 0..3 {
            let mut conn = line.scope().await;
            let mut costs = Vec::new();
            for i in 0..2 {
                line.reset();
                let number = 10 * (mode as i32 + 1) + 2 * attempt + i;
                run(mode, number, &mut conn).await.unwrap();
                costs.push(line.cost(&mut conn).await);
            }
            let costs = [costs[0], costs[1]];
            least = Some(least.map_or(costs, |least| [0, 1].map(|i| least[i].min(costs[i]))));
        }
        let costs = least.unwrap();
        let cell = |Cost { trips, messages }: Cost| format!("{trips} ({messages})");
        let (cold, warm) = (cell(costs[0]), cell(costs[1]));
        writeln!(table, "| {label} | {cold} | {warm} |").unwrap();
    }
    let documentation = include_str!("../../../docs/architecture.md");
    assert!(
        documentation.contains(&table),
        "docs/architecture.md is to have this table:\n{table}"
    );
}

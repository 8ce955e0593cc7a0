use std::time::{Duration, Instant};

use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::prelude::*;
use tenancy_testing::proxy::WireProxy;

use crate::Result;
use crate::database::Database;
use crate::report::{Table, check, heading};
use crate::schema::{TenantPool, tasks};
use crate::tenants::{ACME, GLOBEX};

/// How long a byte is on its way, each way.
const DELAY: Duration = Duration::from_millis(1);
/// How often a statement is measured after its first time.
const RUNS: usize = 25;

/// The table as an application without tenancy declares it, to compare with.
mod plain {
    diesel::table! {
        tasks (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Int4,
            title -> Text,
        }
    }
}

diesel::define_sql_function! {
    /// `set_config(name, value, is_local)`
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
}

/// How often the client waits for the server, counted on the wire.
pub(crate) async fn round_trips(database: &Database) -> Result {
    heading("7. Round trips");
    let proxy = WireProxy::start(database.address()?, DELAY)?;

    // One layer, written by hand. A superuser runs it, because without the variable row-level
    // security would show nobody anything.
    let mut conn = AsyncPgConnection::establish(&proxy.url(&database.superuser_url())?).await?;
    let query = plain::tasks::table
        .filter(plain::tasks::tenant_id.eq(ACME.id))
        .select((plain::tasks::id, plain::tasks::title))
        .order(plain::tasks::id)
        .limit(10);
    let by_hand = measure(&proxy, async || ten_rows(query.load(&mut conn).await?)).await?;

    // Two layers, as they are commonly written.
    let mut conn = AsyncPgConnection::establish(&proxy.url(&database.app_url())?).await?;
    let tenant = ACME.id.canonical();
    let recipe = measure(&proxy, async || {
        let rows = conn
            .transaction(async |conn| {
                diesel::select(set_config("app.tenant_id", &tenant, true))
                    .execute(conn)
                    .await?;
                query.load(conn).await
            })
            .await?;
        ten_rows(rows)
    })
    .await?;

    // Two layers, by a scope. Each run takes a connection from the pool for itself; the connection
    // remembers what is prepared on it, whoever had it last.
    let manager = ConnectionManager::new(proxy.url(&database.app_url())?);
    let pool = bb8::Pool::builder()
        .max_size(1)
        // By default bb8 tests a connection each time before it lends it, which is one round trip
        // more.
        .test_on_check_out(false)
        .build(manager)
        .await?;
    let pool = TenantPool::builder(pool).build().await?;
    let mut tenants = [ACME.id, GLOBEX.id].into_iter().cycle();
    let scoped = measure(&proxy, async || {
        let tenant = tenants.next().unwrap_or(ACME.id);
        let mut conn = pool.scope(tenant).await?;
        let rows = tasks::table
            .select((tasks::id, tasks::title))
            .order(tasks::id)
            .limit(10)
            .load(&mut conn)
            .await?;
        ten_rows(rows)
    })
    .await?;

    let mut table = Table::new(["ten tasks, read by", "layers", "cold", "warm", "ms, warm"]);
    for (how, layers, cost) in [
        ("a filter written by hand", 1, &by_hand),
        ("BEGIN, set_config, a filter by hand, COMMIT", 2, &recipe),
        ("a scope", 2, &scoped),
    ] {
        let ms = format!("{:.1}", cost.time.as_secs_f64() * 1000.0);
        table.row([&how, &layers, &cost.cold, &cost.warm, &ms]);
    }
    table.print();
    println!(
        "  Round trips with {} ms each, and the median time.",
        2 * DELAY.as_millis()
    );
    println!("  What a warm scope sends, all at once:\n");
    for message in &scoped.messages {
        println!("    {message}");
    }
    check("round trips by hand", &by_hand.warm, &1)?;
    check("round trips of the recipe", &recipe.warm, &4)?;
    check("round trips of a scope", &scoped.warm, &1)
}

/// What a statement costs.
struct Cost {
    /// Round trips at the first time on a connection, which prepares the statement.
    cold: u64,
    /// Round trips afterwards, at most.
    warm: u64,
    /// The median time afterwards.
    time: Duration,
    /// What the client sent at the last time.
    messages: Vec<String>,
}

async fn measure(proxy: &WireProxy, mut statement: impl AsyncFnMut() -> Result) -> Result<Cost> {
    proxy.reset();
    statement().await?;
    let cold = proxy.counters().round_trips;
    let mut warm = 0;
    let mut times = Vec::new();
    proxy.record();
    for _ in 0..RUNS {
        proxy.reset();
        let start = Instant::now();
        statement().await?;
        times.push(start.elapsed());
        warm = warm.max(proxy.counters().round_trips);
    }
    times.sort_unstable();
    Ok(Cost {
        cold,
        warm,
        time: times[RUNS / 2],
        messages: proxy.recorded(),
    })
}

fn ten_rows(rows: Vec<(i32, String)>) -> Result {
    check("rows of a page", &rows.len(), &10)
}

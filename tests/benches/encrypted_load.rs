//! What encryption costs in a bulk load: `cargo bench -p tenancy-tests --bench encrypted_load`.
//!
//! 10,000 rows with three columns of 64 bytes are written and read back, as plain `bytea` and encrypted, in
//! the same scope and under the same policies. An envelope is 80 bytes longer than what is in it, so plain
//! values of that length are measured too: what is left beyond them is the ciphers. The runs of the
//! variants are interleaved, and medians are given with the middle half of the times.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and stops at the first failure"
)]

use std::convert::identity;
use std::hint::black_box;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tenancy_diesel::encryption::{
    Encrypted, FixedKey, Keyring, MemoryKeyStore, RootId, RootKey, wait,
};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::{A, OrgId};

mod schema {
    use tenancy_tests::OrgId;

    tenancy_diesel::tenant_schema! {
        include = "encrypted_load/generated.rs",
        tenant = tenant_id: OrgId,
        encrypted = [
            sealed.one as "sealed.one",
            sealed.two as "sealed.two",
            sealed.three as "sealed.three",
        ],
    }
}

const ROWS: i32 = 10_000;
const RUNS: usize = 21;
const LENGTH: usize = 64;
const OVERHEAD: usize = 80;

type Conn = Scoped<PgConnection, OrgId>;

/// How rows are written.
#[derive(Clone, Copy)]
enum Way {
    Unnest,
    Values,
}

/// What writes a table and reads it. Rows are made before the clock starts.
macro_rules! table {
    ($module:ident, $value:ty, $new:expr, $length:expr) => {
        mod $module {
            use super::*;
            use schema::$module as table;

            pub(super) type Row = (i32, $value, $value, $value);

            pub(super) fn rows() -> Vec<Row> {
                let value = |id: i32, seed: u8| $new(vec![seed ^ id.to_le_bytes()[0]; $length]);
                (0..ROWS)
                    .map(|id| (id, value(id, 1), value(id, 2), value(id, 3)))
                    .collect()
            }

            pub(super) fn write(conn: &mut Conn, way: Way) -> Duration {
                let rows = rows();
                let begin = Instant::now();
                let written = conn.transaction(|conn| match way {
                    Way::Unnest => {
                        let columns = (table::id, table::one, table::two, table::three);
                        let load = insert_into(table::table).unnest(columns, rows);
                        load.execute(conn)
                    }
                    Way::Values => rows.chunks(1000).try_fold(0, |written, rows| {
                        let rows: Vec<_> = rows
                            .iter()
                            .map(|(id, one, two, three)| {
                                (
                                    table::id.eq(id),
                                    table::one.eq(one),
                                    table::two.eq(two),
                                    table::three.eq(three),
                                )
                            })
                            .collect();
                        let load = insert_into(table::table).values(rows);
                        load.execute(conn).map(|rows| written + rows)
                    }),
                });
                assert_eq!(written, Ok(ROWS as usize));
                begin.elapsed()
            }

            pub(super) fn read(conn: &mut Conn) -> Duration {
                let begin = Instant::now();
                let rows: Vec<Row> = table::table
                    .select((table::id, table::one, table::two, table::three))
                    .load(conn)
                    .unwrap();
                assert_eq!(black_box(&rows).len(), ROWS as usize);
                begin.elapsed()
            }
        }
    };
}

table!(plain, Vec<u8>, identity, LENGTH);
table!(long, Vec<u8>, identity, LENGTH + OVERHEAD);
table!(sealed, Encrypted<Vec<u8>>, Encrypted::new, LENGTH);

/// A group of variants, of which the first is what the others are compared with.
type Group = (&'static str, [fn(&mut Conn) -> Duration; 3]);

const GROUPS: [Group; 3] = [
    (
        "written by unnest, one statement",
        [
            |conn| plain::write(conn, Way::Unnest),
            |conn| long::write(conn, Way::Unnest),
            |conn| sealed::write(conn, Way::Unnest),
        ],
    ),
    (
        "written by VALUES, 1,000 rows a statement",
        [
            |conn| plain::write(conn, Way::Values),
            |conn| long::write(conn, Way::Values),
            |conn| sealed::write(conn, Way::Values),
        ],
    ),
    ("read", [plain::read, long::read, sealed::read]),
];

const VARIANTS: [&str; 3] = ["plain", "plain, as long as the envelopes", "encrypted"];

fn main() {
    let (database, mut scope) = database();
    let mut superuser = PgConnection::establish(&database.url()).unwrap();
    println!("{ROWS} rows of 3 values of {LENGTH} bytes, median of {RUNS}");
    for (label, variants) in GROUPS {
        let is_read = label == "read";
        let mut times = vec![Vec::with_capacity(RUNS); variants.len()];
        for run in 0..RUNS + 2 {
            for (variant, times) in variants.iter().zip(&mut times) {
                if !is_read {
                    superuser
                        .batch_execute("TRUNCATE plain; TRUNCATE long; TRUNCATE sealed")
                        .unwrap();
                }
                let time = variant(&mut scope);
                if run >= 2 {
                    times.push(time);
                }
            }
        }
        report(label, &mut times);
        // All three tables are full for what reads them.
        superuser
            .batch_execute("TRUNCATE plain; TRUNCATE long; TRUNCATE sealed")
            .unwrap();
        plain::write(&mut scope, Way::Unnest);
        long::write(&mut scope, Way::Unnest);
        sealed::write(&mut scope, Way::Unnest);
        superuser
            .batch_execute("VACUUM (ANALYZE) plain, long, sealed")
            .unwrap();
    }
}

fn report(label: &str, times: &mut [Vec<Duration>]) {
    println!("{label}");
    let base = median(&mut times[0]);
    for (variant, times) in VARIANTS.iter().zip(times) {
        let middle = median(times);
        println!(
            "  {:>8.1} ms  ({:>7.1} .. {:>7.1})  {:.2}x  {variant}",
            millis(middle),
            millis(times[times.len() / 4]),
            millis(times[times.len() * 3 / 4]),
            middle.as_secs_f64() / base.as_secs_f64(),
        );
    }
}

/// A database with the three tables, and a scope with keys.
fn database() -> (TestDatabase, Conn) {
    let server = PgServer::shared().unwrap();
    let app = server.create_login_role("app").unwrap();
    let template = server.template("encrypted load", |conn: &mut PgConnection| {
        tenancy_migrations::run(conn).unwrap();
        for (table, value) in [
            ("plain", "bytea"),
            ("long", "bytea"),
            ("sealed", "tenancy.tenancy_encrypted"),
        ] {
            conn.batch_execute(&format!(
                "CREATE TABLE {table} (tenant_id uuid NOT NULL, id int4 NOT NULL,
                     one {value} NOT NULL, two {value} NOT NULL, three {value} NOT NULL,
                     PRIMARY KEY (tenant_id, id))"
            ))?;
        }
        let policies = PolicyOptions::new().app_role(&app);
        conn.batch_execute(policies.generate(&schema::REGISTRY).up())?;
        conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}"))
    });
    let database = template.unwrap().create().unwrap();
    let root = FixedKey::new(RootId::literal("bench"), RootKey::generate().unwrap());
    let keyring = Keyring::builder(MemoryKeyStore::new(), root).build();
    let keys = wait(keyring.create_tenant(&A)).unwrap();
    let conn = PgConnection::establish(&database.url_as(&app)).unwrap();
    let scope = Scoped::open(conn, A).unwrap().with_keys(keys).unwrap();
    (database, scope)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

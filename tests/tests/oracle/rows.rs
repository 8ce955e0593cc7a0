//! Random rows. All tenants draw their keys and values from the same few.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use tenancy_diesel::quote_literal;
use uuid::Uuid;

use crate::random::document_of;

/// What all databases have.
pub const SHARED: &str = "
    INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France'), ('xx', 'Nowhere');
    INSERT INTO legacy_events VALUES (1, NULL, 'login'),
        (2, '00000000-0000-0000-0000-00000000000a', 'alpha'),
        (3, '00000000-0000-0000-0000-00000000000b', 'beta');";

const NAMES: [&str; 10] = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "",
    "a'b",
    "\"x\"",
    "$1",
    "%",
    "') OR TRUE --",
];

/// The rows of one tenant as SQL. They keep to the foreign keys within the tenant.
pub fn of_tenant(seed: u64, tenant: usize, id: Uuid) -> String {
    let mut rng = StdRng::seed_from_u64(seed ^ (tenant as u64 + 1).wrapping_mul(0x9e37_79b9));
    let mut rows = Rows {
        sql: String::new(),
        id: id.to_string(),
    };
    let name = NAMES[rng.random_range(0..4)];
    rows.insert("organisations", &[&name]);
    let mut keys: Vec<i32> = (1..=7).collect();
    keys.shuffle(&mut rng);
    keys.truncate(rng.random_range(2..=6));
    let mut names = NAMES;
    names.shuffle(&mut rng);
    for (i, &key) in keys.iter().enumerate() {
        let country = [Some("de"), Some("fr"), Some("xx"), None][rng.random_range(0..4)];
        let parent = (i > 0 && rng.random_ratio(2, 3)).then(|| keys[rng.random_range(0..i)]);
        rows.insert("projects", &[&key, &names[i], &country, &parent]);
    }
    let mut tasks: Vec<i32> = (1..=9).collect();
    tasks.shuffle(&mut rng);
    tasks.truncate(rng.random_range(2..=7));
    for &key in &tasks {
        let project = keys[rng.random_range(0..keys.len())];
        let title = NAMES[rng.random_range(0..NAMES.len())];
        let status = ["open", "done", "dropped"][rng.random_range(0..3)];
        let (points, done) = (rng.random_range(0..4), rng.random_bool(0.5).to_string());
        rows.insert("tasks", &[&key, &project, &title, &status, &points, &done]);
    }
    for key in 1..=rng.random_range(1..=6) {
        let task = tasks[rng.random_range(0..tasks.len())];
        rows.insert(
            "comments",
            &[&key, &task, &NAMES[rng.random_range(0..NAMES.len())]],
        );
    }
    for n in 1..=rng.random_range(1..=4) {
        let document = document_of(tenant, n);
        rows.insert("documents", &[&document, &NAMES[rng.random_range(0..4)]]);
        if rng.random_ratio(2, 3) {
            rows.sql += &format!(
                "INSERT INTO files VALUES ({document}, {document}, {});",
                quote_literal(NAMES[rng.random_range(0..4)])
            );
        }
    }
    if rng.random_bool(0.7) {
        let kind = [Some("x"), None][rng.random_range(0..2)];
        rows.insert("settings", &[&NAMES[rng.random_range(0..4)], &kind]);
    }
    for key in 1..=rng.random_range(1..=4) {
        let budget = rng.random_range(0..100);
        rows.insert(
            "billing.projects",
            &[&key, &NAMES[rng.random_range(0..4)], &budget],
        );
        if rng.random_bool(0.7) {
            rows.insert("billing.invoices", &[&key, &key, &rng.random_range(0..100)]);
        }
    }
    rows.sql
}

struct Rows {
    sql: String,
    id: String,
}

impl Rows {
    /// A row whose first column is the tenant.
    fn insert(&mut self, table: &str, values: &[&dyn Value]) {
        let values: String = values
            .iter()
            .map(|value| format!(", {}", value.sql()))
            .collect();
        self.sql += &format!("INSERT INTO {table} VALUES ('{}'{values});", self.id);
    }
}

trait Value {
    fn sql(&self) -> String;
}

impl Value for i32 {
    fn sql(&self) -> String {
        self.to_string()
    }
}

impl Value for &str {
    fn sql(&self) -> String {
        quote_literal(self)
    }
}

impl Value for String {
    fn sql(&self) -> String {
        quote_literal(self)
    }
}

impl<T: Value> Value for Option<T> {
    fn sql(&self) -> String {
        self.as_ref().map_or_else(|| "NULL".to_owned(), Value::sql)
    }
}

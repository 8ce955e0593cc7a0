//! What is random about a statement. The two builds of a statement draw from equal generators, so they
//! draw the same.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::grid::{Dimension, Marks};

/// A generator of statements for one tenant.
#[derive(Debug)]
pub struct Random {
    rng: StdRng,
    tenants: Vec<Uuid>,
    tenant: usize,
    /// What the statement has turned out to be.
    pub marks: Marks,
    /// Whether its rows have an order.
    pub ordered: bool,
    /// Whether it may be refused for one reason where the tenant is alone and for another in a scope.
    pub refusals_differ: bool,
    taken: Taken,
}

/// Keys that are unique across tenants and that rows have.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    pub own_documents: Vec<i32>,
    pub own_files: Vec<i32>,
    pub foreign_documents: Vec<i32>,
    pub foreign_files: Vec<i32>,
}

impl Taken {
    /// Whether there is one of each.
    pub fn is_complete(&self) -> bool {
        [
            &self.own_documents,
            &self.own_files,
            &self.foreign_documents,
            &self.foreign_files,
        ]
        .iter()
        .all(|keys| !keys.is_empty())
    }
}

/// Texts that do harm where somebody forgets to bind or to escape, and texts that all tenants have.
const TEXTS: [&str; 16] = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "",
    " ",
    "a'b",
    "\"x\"",
    "$1",
    "%",
    "_",
    "\\",
    "--",
    "NULL",
    "') OR TRUE --",
    "日本 \u{1F980}",
];

impl Random {
    pub fn new(seed: u64, tenants: &[Uuid], tenant: usize) -> Self {
        Random {
            rng: StdRng::seed_from_u64(seed),
            tenants: tenants.to_vec(),
            tenant,
            marks: Marks::default(),
            ordered: false,
            refusals_differ: false,
            taken: Taken::default(),
        }
    }

    pub fn with_taken(mut self, taken: &Taken) -> Self {
        self.taken = taken.clone();
        self
    }

    /// A key of this tenant's rows. Where there is none, of none.
    pub fn owned_document(&mut self) -> i32 {
        let keys = self.taken.own_documents.clone();
        self.among(&keys)
    }

    /// A key of this tenant's rows.
    pub fn owned_file(&mut self) -> i32 {
        let keys = self.taken.own_files.clone();
        self.among(&keys)
    }

    /// A key of another tenant's row.
    pub fn taken_document(&mut self) -> i32 {
        let keys = self.taken.foreign_documents.clone();
        self.among(&keys)
    }

    /// A key of another tenant's row.
    pub fn taken_file(&mut self) -> i32 {
        let keys = self.taken.foreign_files.clone();
        self.among(&keys)
    }

    fn among(&mut self, keys: &[i32]) -> i32 {
        match keys.len() {
            0 => document_of(self.tenant, 1),
            count => keys[self.below(count)],
        }
    }

    /// A key of no row.
    pub fn unused_file(&self) -> i32 {
        9000
    }

    /// Notes what the statement contains.
    pub fn mark(&mut self, dimension: Dimension, value: &'static str) {
        self.marks.insert(dimension, value);
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }

    /// A number of a row, or of none.
    pub fn id(&mut self) -> i32 {
        match self.below(12) {
            0 => self.pick(&[0, -1, i32::MAX, i32::MIN, 77]),
            _ => self.rng.random_range(1..=7),
        }
    }

    pub fn ids(&mut self) -> Vec<i32> {
        (0..self.below(5)).map(|_| self.id()).collect()
    }

    /// Some key, if not that of none.
    pub fn maybe_id(&mut self) -> Option<i32> {
        self.chance(70).then(|| self.id())
    }

    /// A key of a document, which is unique across tenants: of this tenant or of another.
    pub fn document(&mut self) -> i32 {
        let tenant = match self.chance(60) {
            true => self.tenant,
            false => self.below(self.tenants.len()),
        };
        document_of(tenant, self.rng.random_range(1..=4))
    }

    /// A key of a document that no other tenant has.
    pub fn own_document(&mut self) -> i32 {
        document_of(self.tenant, self.rng.random_range(1..=6))
    }

    pub fn text(&mut self) -> String {
        match self.below(8) {
            0 => self.rng.random_range(0..1000).to_string(),
            _ => self.pick(&TEXTS).to_owned(),
        }
    }

    pub fn maybe_text(&mut self) -> Option<String> {
        self.chance(70).then(|| self.text())
    }

    pub fn pattern(&mut self) -> String {
        self.pick(&["%", "%a%", "a%", "%ta", "_%", "", "\\%", "%'%"])
            .to_owned()
    }

    pub fn country(&mut self) -> Option<String> {
        self.pick(&[Some("de"), Some("fr"), Some("xx"), Some("zz"), None, None])
            .map(str::to_owned)
    }

    /// A tenant: this one, another or none at all.
    pub fn tenant(&mut self) -> Uuid {
        match self.below(10) {
            0 => Uuid::from_u128(0xdead),
            1..=3 => self.own_tenant(),
            _ => self.foreign_tenant(),
        }
    }

    pub fn own_tenant(&mut self) -> Uuid {
        self.tenants[self.tenant]
    }

    pub fn foreign_tenant(&mut self) -> Uuid {
        let other = (self.tenant + 1 + self.below(self.tenants.len() - 1)) % self.tenants.len();
        self.tenants[other]
    }

    pub fn tenants(&self) -> Vec<Uuid> {
        self.tenants.clone()
    }

    /// The text of a predicate that would win over its neighbours without parentheses.
    pub fn raw(&mut self) -> &'static str {
        self.mark(Dimension::Predicate, "raw");
        self.pick(&[
            "FALSE OR TRUE",
            "TRUE OR FALSE",
            "1 = 2 OR 2 = 2",
            "NULL OR TRUE",
            "1 = 1 AND 2 = 2",
            "FALSE OR FALSE",
        ])
    }
}

/// The `n`th key of a tenant's documents.
pub fn document_of(tenant: usize, n: i32) -> i32 {
    tenant as i32 * 100 + n
}

//! One run: statement after statement on all databases, compared after each.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use diesel::Connection;
use diesel::result::Error;
use tenancy_tests::database::Layers;
use uuid::Uuid;

use crate::case::Case;
use crate::grid::{Dimension, Grid, Marks};
use crate::outcome::Outcome;
use crate::random::{Random, Taken};
use crate::rows;
use crate::side::{plain, scoped};
use crate::world::{Alone, Sent, State, Together, show};

/// How many statements run before all rows are new.
const ROUND: u64 = 60;
/// How many rounds run before all connections are new.
const CONNECTIONS: u64 = 10;
/// A shorter run, which repeats a failure, need not cover the grid.
const COVERING: u64 = 3000;
const DISTINCT: usize = 500;
/// Of each hundred statements.
const COLLISIONS: u64 = 6;

/// What the environment says about a run.
pub struct Settings {
    pub seed: u64,
    pub statements: u64,
    filter_only: bool,
    shape: Option<String>,
}

impl Settings {
    pub fn from_environment() -> Self {
        let number = |name: &str| {
            let text = std::env::var(name).ok()?;
            Some(
                text.parse()
                    .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
            )
        };
        Settings {
            seed: number("TENANCY_ORACLE_SEED").unwrap_or_else(rand::random),
            statements: number("TENANCY_ORACLE_STATEMENTS").unwrap_or(COVERING),
            shape: std::env::var("TENANCY_ORACLE_SHAPE").ok(),
            filter_only: match std::env::var("TENANCY_ORACLE_LAYERS").as_deref() {
                Err(_) | Ok("both") => false,
                Ok("filter") => true,
                Ok(other) => panic!("TENANCY_ORACLE_LAYERS is `filter` or `both`, not {other}"),
            },
        }
    }
}

impl Settings {
    /// Whether the run is to cover the grid.
    fn cover(&self) -> bool {
        self.statements >= COVERING && self.shape.is_none()
    }
}

/// A run and what it has covered so far.
pub struct Run {
    settings: Settings,
    tenants: Vec<Uuid>,
    alone: Vec<Alone>,
    together: Vec<Together>,
    states: Vec<State>,
    done: u64,
    grid: Grid,
    texts: BTreeSet<String>,
    collisions: u64,
    refused: u64,
    empty: u64,
    began: Instant,
}

impl Run {
    pub fn new(settings: Settings) -> Self {
        let tenants = vec![
            Uuid::from_u128(0xa),
            Uuid::from_u128(0xb),
            Uuid::from_u128(0xc),
        ];
        let runtime = Arc::new(
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        );
        let mut together = vec![
            ("filter alone, synchronous", Layers::FilterOnly, None),
            (
                "filter alone, asynchronous",
                Layers::FilterOnly,
                Some(&runtime),
            ),
        ];
        if !settings.filter_only {
            together.extend([
                ("both layers, synchronous", Layers::Both, None),
                ("both layers, asynchronous", Layers::Both, Some(&runtime)),
            ]);
        }
        Run {
            alone: tenants.iter().map(|&tenant| Alone::new(tenant)).collect(),
            together: together
                .into_iter()
                .map(|(name, layers, runtime)| Together::new(name, layers, runtime, &tenants))
                .collect(),
            states: Vec::new(),
            settings,
            tenants,
            done: 0,
            grid: Grid::default(),
            texts: BTreeSet::new(),
            collisions: 0,
            refused: 0,
            empty: 0,
            began: Instant::now(),
        }
    }

    /// Runs the next statement everywhere.
    pub fn next(&mut self) -> Option<Result<(), String>> {
        // A run goes on until it has covered what it claims to, up to twice its length.
        let length = self.settings.statements;
        if self.done >= length
            && (!self.settings.cover() || self.done >= 2 * length || self.is_covered())
        {
            return None;
        }
        let index = self.done;
        self.done += 1;
        if index.is_multiple_of(ROUND * CONNECTIONS) && index > 0 {
            self.alone.iter_mut().for_each(Alone::connect);
            for together in &mut self.together {
                together.connect(&self.tenants);
            }
        }
        if index.is_multiple_of(ROUND) {
            self.fill(mix(self.settings.seed, index / ROUND));
        }
        // Of each hundred a few.
        let collides = match &self.settings.shape {
            None => mix(!self.settings.seed, index) % 100 < COLLISIONS,
            Some(shape) => scoped::statements::collision::SHAPES
                .iter()
                .any(|(name, _)| name == shape),
        };
        Some(if collides {
            self.collision(index)
        } else {
            self.statement(index)
        })
    }

    fn fill(&mut self, seed: u64) {
        let rows: Vec<String> = self
            .tenants
            .iter()
            .enumerate()
            .map(|(tenant, &id)| rows::of_tenant(seed, tenant, id))
            .collect();
        for (alone, rows) in self.alone.iter_mut().zip(&rows) {
            alone.fill(rows);
        }
        for together in &mut self.together {
            together.fill(&rows);
        }
        self.states = self.alone.iter_mut().map(Alone::state).collect();
    }

    fn statement(&mut self, index: u64) -> Result<(), String> {
        let seed = mix(self.settings.seed ^ 0x5eed, index);
        let tenant = (seed % self.tenants.len() as u64) as usize;
        let taken = self.taken(tenant);
        let tenants = self.tenants.clone();
        let random = |seed| Random::new(seed, &tenants, tenant).with_taken(&taken);
        let only = self.settings.shape.as_deref();
        let (shape, plain_shape) = plain::statements::pick(&mut random(seed), only);
        let (_, scoped_shape) = scoped::statements::pick(&mut random(seed), only);
        let random = || random(!seed);

        let alone = &mut self.alone[tenant];
        forget(&alone.sent);
        let mut drawn = random();
        let expected = plain_shape(&mut alone.conn, &mut drawn);
        let (ordered, differs) = (drawn.ordered, drawn.refusals_differ);
        let expected = expected.normal(ordered);
        let mut case = Case {
            seed: self.settings.seed,
            index,
            shape,
            marks: drawn.marks,
            plain: text(&alone.sent),
            scoped: String::new(),
        };
        let is = |statement| case.marks.has(Dimension::Statement, statement);
        let is_read = is("select");
        let policies_suffice = is_read || is("update") || is("delete");
        if !is_read {
            self.states[tenant] = alone.state();
        }
        let expected_state = merged(&self.states);
        self.count(&expected, case.marks.clone());

        for together in &mut self.together {
            if let Some(conn) = &mut together.plain
                && policies_suffice
            {
                show(conn, tenants[tenant]);
                let found = rolled_back(conn, |conn| plain_shape(conn, &mut random()));
                case.compare(
                    "row-level security alone",
                    &expected,
                    &found.normal(ordered),
                    false,
                )?;
            }
            together.sent.iter().for_each(forget);
            let found = scoped_shape(&mut together.scopes[tenant], &mut random());
            if let Some(sent) = &together.sent {
                case.scoped = text(sent);
                self.texts.extend(without_binds(&case.scoped));
            }
            case.compare(together.name, &expected, &found.normal(ordered), differs)?;
            if !is_read {
                case.compare_states(together.name, &expected_state, &together.state())?;
            }
        }
        Ok(())
    }

    fn count(&mut self, expected: &Outcome, marks: Marks) {
        self.grid.add(marks);
        match expected {
            Outcome::Refused(_) => self.refused += 1,
            other if other.did_nothing() => self.empty += 1,
            _ => {}
        }
    }

    /// A write that meets another tenant's key does nothing.
    fn collision(&mut self, index: u64) -> Result<(), String> {
        let seed = mix(self.settings.seed ^ 0x00c0_1115, index);
        let tenant = (seed % self.tenants.len() as u64) as usize;
        let taken = self.taken(tenant);
        if !taken.is_complete() {
            return Ok(());
        }
        let tenants = self.tenants.clone();
        let random = || Random::new(seed, &tenants, tenant).with_taken(&taken);
        let only = self.settings.shape.as_deref();
        let (shape, scoped_shape) = scoped::statements::collision::pick(&mut random(), only);
        let (_, plain_shape) = plain::statements::collision::pick(&mut random(), only);
        let mut case = Case {
            seed: self.settings.seed,
            index,
            shape,
            marks: Marks::default(),
            plain: String::new(),
            scoped: String::new(),
        };
        let expected_state = merged(&self.states);
        for together in &mut self.together {
            if let Some(conn) = &mut together.plain {
                show(conn, tenants[tenant]);
                let found = rolled_back(conn, |conn| plain_shape(conn, &mut random()));
                case.did_nothing("row-level security alone", &found)?;
            }
            together.sent.iter().for_each(forget);
            let mut drawn = random();
            let found = scoped_shape(&mut together.scopes[tenant], &mut drawn);
            case.marks = drawn.marks;
            case.scoped = together.sent.as_ref().map(text).unwrap_or_default();
            case.did_nothing(together.name, &found)?;
            case.compare_states(together.name, &expected_state, &together.state())?;
        }
        self.collisions += 1;
        self.grid.add(case.marks);
        Ok(())
    }

    /// The keys of documents and files, of this tenant and of the others.
    fn taken(&self, tenant: usize) -> Taken {
        let mut taken = Taken::default();
        for (at, state) in self.states.iter().enumerate() {
            for line in state.values().flatten() {
                let key = |row: &str| {
                    row.trim_matches(['(', ')'])
                        .split(',')
                        .find_map(|field| field.parse::<i32>().ok())
                };
                let keys = match (line.split_once(' '), at == tenant) {
                    (Some(("documents", _)), true) => &mut taken.own_documents,
                    (Some(("documents", _)), false) => &mut taken.foreign_documents,
                    (Some(("files", _)), true) => &mut taken.own_files,
                    (Some(("files", _)), false) => &mut taken.foreign_files,
                    _ => continue,
                };
                keys.extend(line.split_once(' ').and_then(|(_, row)| key(row)));
            }
        }
        taken
    }

    fn is_covered(&self) -> bool {
        self.texts.len() >= DISTINCT && self.grid.missing().is_empty()
    }

    /// The run is long enough to cover what it claims to.
    pub fn assert_covered(&self) {
        if !self.settings.cover() {
            return;
        }
        let missing = self.grid.missing();
        assert!(missing.is_empty(), "not covered: {missing:?}");
        assert!(
            self.texts.len() >= DISTINCT,
            "only {} distinct texts",
            self.texts.len()
        );
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.grid)?;
        write!(
            f,
            "{} statements, {} combinations, {} distinct texts; {} refused, {} did nothing, {} collided; {:.1} s",
            self.done,
            self.grid.combinations(),
            self.texts.len(),
            self.refused,
            self.empty,
            self.collisions,
            self.began.elapsed().as_secs_f64(),
        )
    }
}

/// Runs a plain statement of any kind and takes it back.
fn rolled_back(
    conn: &mut diesel::PgConnection,
    statement: impl FnOnce(&mut diesel::PgConnection) -> Outcome,
) -> Outcome {
    let mut found = None;
    let result: Result<(), Error> = conn.transaction(|conn| {
        found = Some(statement(conn));
        Err(Error::RollbackTransaction)
    });
    assert_eq!(result, Err(Error::RollbackTransaction));
    found.unwrap()
}

fn forget(sent: &Sent) {
    sent.lock().unwrap().clear();
}

fn text(sent: &Sent) -> String {
    sent.lock().unwrap().join("; ")
}

fn merged(states: &[State]) -> State {
    let mut all = State::new();
    for state in states {
        for (owner, lines) in state {
            all.insert(owner.clone(), lines.clone());
        }
    }
    all
}

/// The statement's text, which is the same for all values.
fn without_binds(sent: &str) -> Option<String> {
    let text = sent.split(" -- binds").next()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// Another number for each pair.
fn mix(a: u64, b: u64) -> u64 {
    let mut x = a ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

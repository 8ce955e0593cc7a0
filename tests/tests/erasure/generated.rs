//! Random tables that point to each other at random, with rows that do.

use std::fmt::Write as _;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tenancy_diesel::erasure::{Erasure, ErasureError, StepKind};
use tenancy_diesel::{Class, Registry, Table};

use crate::world::{World, block_on, policies};

const NAMES: [&str; 6] = ["root", "t1", "t2", "t3", "t4", "t5"];
const CASES: u64 = 10;

/// A foreign key of one table to another, or to itself.
struct Key {
    from: usize,
    to: usize,
    /// Whether it carries the tenant, so that it cannot point to another one's row.
    with_tenant: bool,
    action: &'static str,
}

struct Case {
    tables: usize,
    keys: Vec<Key>,
    rows: i64,
    rng: SmallRng,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let tables = rng.random_range(2..=NAMES.len());
        let keys = (0..rng.random_range(1..=7)).map(|_| {
            let actions = [
                "NO ACTION",
                "RESTRICT",
                "CASCADE",
                "SET NULL (COLUMN)",
                "NO ACTION DEFERRABLE INITIALLY DEFERRED",
            ];
            Key {
                from: rng.random_range(0..tables),
                to: rng.random_range(0..tables),
                with_tenant: rng.random_bool(0.7),
                action: actions[rng.random_range(0..actions.len())],
            }
        });
        let keys = keys.collect();
        Case {
            tables,
            keys,
            rows: rng.random_range(1..25),
            rng,
        }
    }

    fn registry(&self) -> &'static Registry {
        let tables: Vec<Table> = (0..self.tables)
            .map(|table| Table {
                path: NAMES[table],
                schema: None,
                name: NAMES[table],
                class: match table {
                    0 => Class::Root { column: "id" },
                    _ => Class::Tenant {
                        column: "tenant_id",
                    },
                },
                columns: &[],
                primary_key: if table == 0 {
                    &["id"]
                } else {
                    &["tenant_id", "number"]
                },
                encrypted: &[],
            })
            .collect();
        let tables = Box::leak(tables.into_boxed_slice());
        Box::leak(Box::new(Registry::new("app.tenant_id", "int8", tables)))
    }

    /// Every table has a number within the tenant, and one that is unique for all. Those of the root are its id.
    fn create(&mut self) -> String {
        let mut sql = String::new();
        let mut columns = vec![String::new(); self.tables];
        for (i, key) in self.keys.iter().enumerate() {
            write!(columns[key.from], ", k{i} int8").unwrap();
        }
        writeln!(
            sql,
            "CREATE TABLE root (id int8 PRIMARY KEY, number int8 NOT NULL DEFAULT 1, whole int8 UNIQUE{}, \
             UNIQUE (id, number));",
            columns[0]
        )
        .unwrap();
        for (name, columns) in NAMES.iter().zip(&columns).skip(1) {
            writeln!(
                sql,
                "CREATE TABLE {name} (tenant_id int8 NOT NULL REFERENCES root, number int8, whole int8 UNIQUE{columns}, \
                 PRIMARY KEY (tenant_id, number));"
            )
            .unwrap();
        }
        for tenant in 1..=2 {
            for name in &NAMES[..self.tables] {
                let (rows, tenant_column) = match *name {
                    "root" => (1, "id"),
                    _ => (self.rows, "tenant_id"),
                };
                writeln!(
                    sql,
                    "INSERT INTO {name} ({tenant_column}, number, whole) SELECT {tenant}, n, {tenant} * 1000 + n \
                     FROM generate_series(1, {rows}) AS n;"
                )
                .unwrap();
            }
        }
        // A table with updates that wait for deferred checks takes no further constraint.
        let mut constraints = String::new();
        for (i, key) in self.keys.iter().enumerate() {
            let tenant = |table| if table == 0 { "id" } else { "tenant_id" };
            let (from, to) = (NAMES[key.from], NAMES[key.to]);
            let most = if key.to == 0 { 1 } else { self.rows };
            let (seed, share) = (self.rng.random_range(1..50), self.rng.random_range(1..4));
            let plus = if key.with_tenant {
                "0"
            } else {
                "t.whole - t.number"
            };
            writeln!(
                sql,
                "UPDATE {from} AS t SET k{i} = {plus} + 1 + (t.number * {seed}) % {most} \
                 WHERE t.number % {share} = 0;"
            )
            .unwrap();
            let action = key.action.replace("COLUMN", &format!("k{i}"));
            let (own, theirs) = match key.with_tenant {
                true => (
                    format!("{}, k{i}", tenant(key.from)),
                    format!("{}, number", tenant(key.to)),
                ),
                false => (format!("k{i}"), "whole".to_owned()),
            };
            writeln!(
                constraints,
                "ALTER TABLE {from} ADD CONSTRAINT fk{i} FOREIGN KEY ({own}) REFERENCES {to} ({theirs}) ON DELETE {action};"
            )
            .unwrap();
        }
        sql + &constraints
    }
}

fn sums(world: &World, tables: usize, tenant: i64) -> Vec<String> {
    let sums = (0..tables).map(|table| {
        let (name, column) = (NAMES[table], if table == 0 { "id" } else { "tenant_id" });
        let sql = format!(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ';' ORDER BY t::text)), '') AS text \
             FROM {name} AS t WHERE {column} = {tenant}"
        );
        world.texts(&sql).remove(0)
    });
    sums.collect()
}

fn erasure(case: &mut Case, registry: &'static Registry) -> Erasure<'static> {
    let batch = case.rng.random_range(1..12);
    Erasure::new(registry)
        .requested_by("alice", "ticket 1")
        .batch(batch)
}

/// The fixture's tables make way, and all cases share its roles and its ledger.
fn empty() -> World {
    let world = World::new();
    world.execute("DROP TABLE organisations, users, projects, tasks, documents, pages, events, \"odd \"\"table\", \
                   audit_log, countries CASCADE");
    world
}

fn set_up(world: &World, case: &mut Case, registry: &Registry) {
    world.execute(&case.create());
    let policies = policies(world.app_role(), &world.eraser()).generate(registry);
    world.execute(policies.up());
}

fn clear(world: &World, tables: usize) {
    world.execute(&format!(
        "DROP TABLE {} CASCADE",
        NAMES[..tables].join(", ")
    ));
}

#[test]
fn whatever_points_to_what_all_rows_of_the_tenant_go_and_none_of_others() {
    let world = empty();
    for seed in 0..CASES {
        let mut case = Case::new(seed);
        let registry = case.registry();
        set_up(&world, &mut case, registry);
        let others = sums(&world, case.tables, 2);
        let rows: i64 = 1 + case.rows * i64::try_from(case.tables - 1).unwrap();
        let report = block_on(world.erase(&erasure(&mut case, registry)))
            .unwrap_or_else(|error| panic!("case {seed}: {error}"));
        let left = sums(&world, case.tables, 1);
        assert!(
            left.iter().all(|sum| sum.starts_with("0 ")),
            "case {seed}: {left:?}"
        );
        assert_eq!(sums(&world, case.tables, 2), others, "case {seed}");
        // What a cascade took was the tenant's, and was there to be deleted before.
        let counted = report.items(StepKind::Rows);
        assert_eq!(counted, u64::try_from(rows).unwrap(), "case {seed}");
        clear(&world, case.tables);
    }
}

#[test]
fn whatever_of_another_tenant_points_to_the_tenants_rows_it_stays_as_it_is() {
    let world = empty();
    let mut stopped = 0;
    for seed in 0..CASES {
        let mut case = Case::new(1_000 + seed);
        let registry = case.registry();
        set_up(&world, &mut case, registry);
        for (i, key) in case
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| !key.with_tenant)
        {
            let column = if key.from == 0 { "id" } else { "tenant_id" };
            world.execute(&format!(
                "UPDATE {} SET k{i} = 1001 WHERE {column} = 2 AND number = 1",
                NAMES[key.from]
            ));
        }
        let others = sums(&world, case.tables, 2);
        let across = case.keys.iter().any(|key| !key.with_tenant);
        match block_on(world.erase(&erasure(&mut case, registry))) {
            Ok(_) => assert!(!across, "case {seed}"),
            Err(ErasureError::ReachesOthers { .. } | ErasureError::StillReferenced { .. }) => {
                assert!(across, "case {seed}");
                stopped += 1;
            }
            Err(error) => panic!("case {seed}: {error}"),
        }
        assert_eq!(sums(&world, case.tables, 2), others, "case {seed}");
        clear(&world, case.tables);
    }
    assert!(stopped > 2);
}

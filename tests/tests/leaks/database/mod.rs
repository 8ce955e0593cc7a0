//! Around the tables: what has rows of theirs, or leads to them, without being one of them.
//!
//! Row-level security does not cover these by itself. Each test has the safe form and, as its control, the
//! unsafe one. Both run raw SQL in A's scope, with the policies on.

mod copies;
mod routines;
mod tables;
mod views;

use diesel::connection::SimpleConnection;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::{A, B};

use crate::harness::lines;

/// What A got of a query for texts that end with the name of their tenant.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// A's rows.
    OwnRows,
    /// Rows of B too.
    RowsOfBoth,
    /// The role lacks a privilege.
    Refused,
    /// One row with this text, and B's rows are as before.
    One(String),
    /// B's rows have changed.
    BChanged,
}

/// Runs raw SQL in A's scope, with the policies on, after `setup` by the superuser.
fn seen(setup: &str, sql: &str) -> Seen {
    let shop = Shop::new(Layers::Both);
    shop.superuser().batch_execute(setup).unwrap();
    let before = shop.rows_of(B);
    let result = lines(&mut shop.scope(A), sql);
    if shop.rows_of(B) != before {
        return Seen::BChanged;
    }
    match result {
        Err(error) if error.to_string().starts_with("permission denied") => Seen::Refused,
        Err(error) => panic!("{error}"),
        Ok(rows) if rows.iter().any(|row| row.ends_with(" b")) => Seen::RowsOfBoth,
        Ok(rows) if rows.iter().all(|row| row.ends_with(" a")) && !rows.is_empty() => Seen::OwnRows,
        Ok(rows) if rows.len() == 1 => Seen::One(rows[0].clone()),
        Ok(rows) => panic!("{rows:?}"),
    }
}

/// Runs raw SQL as the application, without a tenant.
fn before_a_tenant(setup: &str, sql: &str) -> Vec<String> {
    let shop = Shop::new(Layers::Both);
    shop.superuser().batch_execute(setup).unwrap();
    lines(&mut shop.raw(), sql).unwrap()
}

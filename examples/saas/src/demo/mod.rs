//! The application on a private temporary PostgreSQL, with two organisations in it.

mod database;
mod people;
mod seed;

pub use database::{Database, start};
pub use people::{ACCOUNTS, DemoAccount, PASSWORD};

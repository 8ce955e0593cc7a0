//! The texts of `policy_sql` and `bootstrap_sql` against a real PostgreSQL: applied by an owner that
//! is no superuser, judged as the application role.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

mod bootstrap;
mod catalog;
mod citus;
mod database;
mod drift;
mod forms;
mod isolation;
mod live;
mod online;
mod partitions;
mod reference;
mod refusals;
mod roles;
mod tenant_column;

//! How statements are run, and what connections are.

mod asynchronous;
mod connections;
mod models;
mod raw_sql;
mod synchronous;

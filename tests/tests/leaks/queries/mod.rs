//! Reading.

mod aggregates;
mod joins;
mod models;
mod rows;
mod sub_queries;

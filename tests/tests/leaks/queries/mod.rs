//! Reading.

mod aggregates;
mod joins;
mod rows;
mod sub_queries;

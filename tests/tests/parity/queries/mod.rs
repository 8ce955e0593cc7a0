//! The methods of `QueryDsl` and what goes with them.

mod clauses;
mod expressions;
mod joins;
mod locks;
mod parts;
mod schema;
mod sets;
mod subqueries;

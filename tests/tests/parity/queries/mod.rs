//! The methods of `QueryDsl` and what goes with them.

mod clauses;
mod joins;
mod locks;
mod sets;
mod subqueries;

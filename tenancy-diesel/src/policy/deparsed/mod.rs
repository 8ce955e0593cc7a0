//! Reads the conditions of policies as PostgreSQL writes them, and says how one differs from ours.
//!
//! `pg_get_expr` puts every operator into parentheses and keywords into capitals, so a small parser is
//! enough. What it does not know it refuses, and a condition that cannot be read counts as different.
//!
//! The texts are those of a session whose `search_path` is empty: every name outside of `pg_catalog`
//! comes with its schema.

mod canonical;
mod differences;
mod parser;
mod reference;
#[cfg(test)]
mod tests;
mod tokens;

pub(crate) use canonical::Canonical;
pub(crate) use differences::Difference;
pub(crate) use reference::{Reference, has_reference, reference_name};

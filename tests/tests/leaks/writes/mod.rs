//! Writing. Every run compares B's rows before and after.

mod changes;
mod inserts;
mod keys;

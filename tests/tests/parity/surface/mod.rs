//! The public surface of Diesel, read from its sources, against the rows of `docs/parity.md`.

mod ignored;
mod scan;
mod sources;
mod table;
mod tests;

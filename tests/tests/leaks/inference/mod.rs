//! Inference: errors, plans and statistics that tell of rows that are not shown.

mod barrier;
mod errors;
mod statistics;

//! The macros where they have it hard: tenancy-diesel under another name, the names of the prelude
//! shadowed or gone, tables and columns called like what the macros generate, private types, generic
//! models. Every lint is an error. The tests look at the statements that the modules render.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unused,
    unreachable_pub,
    unused_qualifications,
    unused_lifetimes,
    rust_2018_idioms,
    clippy::all,
    clippy::pedantic
)]

pub mod bare;
pub mod large;
pub mod names;
pub mod nested;
pub mod renamed;
pub mod shadowed;

//! One file for each part of the output.

mod compile_error;
mod encrypted_columns;
mod joins;
mod layers;
mod organisations;
mod queries;
mod round_trips;
mod sql;
mod writes;

pub(crate) use compile_error::compile_error;
pub(crate) use encrypted_columns::encrypted_columns;
pub(crate) use joins::joins;
pub(crate) use layers::layers;
pub(crate) use organisations::organisations;
pub(crate) use queries::queries;
pub(crate) use round_trips::round_trips;
pub(crate) use sql::sql;
pub(crate) use writes::writes;

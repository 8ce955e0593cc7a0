//! Values in encrypted columns: sealed where they are bound, opened where they are loaded.

mod attacks;
mod blind_index;
mod canary;
mod codecs;
mod custom_types;
mod desk;
mod forms;
mod models;
mod rows;
#[allow(unreachable_pub, reason = "`diesel print-schema` makes it public")]
mod schema;

//! The tables of the test schema as plain Diesel tables, for what a test compares with: statements that
//! this library has no part in.
//!
//! They are declared as an application of one tenant would declare them: the key of a row is its key
//! within the tenant.

#![allow(missing_docs)]

include!("plain/public.rs");
include!("plain/billing.rs");

diesel::joinable!(tasks -> projects (project_id));
diesel::joinable!(comments -> tasks (task_id));
diesel::joinable!(files -> documents (document_id));

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

mod across {
    use super::billing::{invoices as billing_invoices, projects as billing_projects};
    use super::{projects, tasks};

    diesel::allow_tables_to_appear_in_same_query!(billing_projects, projects);
    diesel::allow_tables_to_appear_in_same_query!(billing_invoices, projects);
    diesel::allow_tables_to_appear_in_same_query!(billing_projects, tasks);
    diesel::allow_tables_to_appear_in_same_query!(billing_invoices, tasks);
}

//! Whose rows the tables hold.
//!
//! `schema/generated.rs` belongs to the Diesel CLI: `diesel print-schema` writes it, nobody edits it.

use crate::ids::OrgId;

tenancy_diesel::tenant_schema! {
    include = "schema/generated.rs",
    // Every table with this column belongs to organisations.
    tenant = tenant_id: OrgId,
    // An organisation sees one row of this table: itself.
    root = [organisations(id)],
    // `print-schema` leaves out foreign keys of several columns, so their joins are declared here.
    joins = [
        tasks.project_id -> projects,
        tasks.assignee_id -> members,
        comments.task_id -> tasks,
        comments.author_id -> members,
        attachments.task_id -> tasks,
    ],
    // Sealed under a key of the organisation and this label, which stays when the column is renamed.
    encrypted = [api_tokens.token as "api_tokens.token"],
}

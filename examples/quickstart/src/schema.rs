//! Whose rows the tables hold.
//!
//! `schema/generated.rs` belongs to the Diesel CLI: `diesel print-schema` writes it, nobody edits it.

use crate::tenants::OrgId;

tenancy_diesel::tenant_schema! {
    include = "schema/generated.rs",
    // Every table with this column belongs to tenants: members, projects, tasks, comments and
    // integrations.
    tenant = tenant_id: OrgId,
    // An organisation sees one row of this table: itself.
    root = [organisations(id)],
    // Attachments have no tenant column. They belong to whoever owns their comment.
    via = [attachments.comment_id -> comments],
    // Everybody reads countries, nobody writes them through the application's role.
    shared = [countries],
    // `print-schema` leaves out foreign keys of several columns, so their joins are declared here.
    // The tenant column is not named: a join never crosses tenants anyway.
    joins = [
        tasks.project_id -> projects,
        tasks.assignee_id -> members,
        comments.task_id -> tasks,
        comments.author_id -> members,
        attachments.comment_id -> comments,
    ],
    // A second name, for queries that use the table twice.
    aliases = [parent = projects],
    // Sealed under a key of the tenant and this label, which stays when the column is renamed.
    encrypted = [integrations.token as "integrations.token"],
}

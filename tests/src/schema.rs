//! The schema of the integration tests. The files below are what `diesel print-schema` writes for
//! `fixtures/shop.sql`.

use crate::OrgId;

tenancy_diesel::tenant_schema! {
    include = ["schema/public.rs", "schema/billing.rs"],
    tenant = tenant_id: OrgId,
    tenant_columns = [billing::projects.customer, billing::invoices.customer],
    root = [organisations(id)],
    via = [files.document_id -> documents],
    shared = [countries],
    excluded = [legacy_events: "its rows are assigned to tenants by a later migration"],
    joins = [
        tasks.project_id -> projects,
        comments.task_id -> tasks,
        files.document_id -> documents,
        billing::invoices.project_id -> billing::projects,
    ],
    aliases = [parent = projects, grandparent = projects, other_task = tasks],
}

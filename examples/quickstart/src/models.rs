//! Plain Diesel models. None of them mentions the tenant: a scope fills it in and filters by it.

use diesel::pg::Pg;
use diesel::prelude::*;
use tenancy_diesel::TenantScoped;
use tenancy_diesel::encryption::Encrypted;

use crate::schema::{attachments, comments, integrations, members, organisations, projects, tasks};

#[derive(Debug, Insertable)]
#[diesel(table_name = organisations)]
pub(crate) struct NewOrganisation {
    pub(crate) name: &'static str,
    pub(crate) country_code: &'static str,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = members)]
pub(crate) struct NewMember {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) email: String,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = projects)]
pub(crate) struct NewProject {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) parent_id: Option<i32>,
}

/// `TenantScoped` takes the place of Diesel's `Identifiable`: it gives `update(&task)`,
/// `delete(&task)`, `save_changes`, `belonging_to` and `grouped_by`, each within a scope.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset, TenantScoped)]
#[diesel(table_name = tasks, check_for_backend(Pg))]
pub(crate) struct Task {
    pub(crate) id: i32,
    pub(crate) project_id: i32,
    pub(crate) assignee_id: Option<i32>,
    pub(crate) title: String,
    pub(crate) done: bool,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = comments)]
pub(crate) struct NewComment {
    pub(crate) task_id: i32,
    pub(crate) author_id: i32,
    pub(crate) body: String,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = attachments)]
pub(crate) struct NewAttachment {
    pub(crate) comment_id: i64,
    pub(crate) file_name: String,
}

/// `Debug` prints `Encrypted(..)`. A `String` in the place of `Encrypted<String>` does not compile.
#[derive(Debug, Queryable, Selectable, Insertable, TenantScoped)]
#[diesel(table_name = integrations, check_for_backend(Pg))]
pub(crate) struct Integration {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) token: Encrypted<String>,
}

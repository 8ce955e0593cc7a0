//! Models of the test schema.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use std::io::Write;
use tenancy_diesel::TenantScoped;

use crate::OrgId;
use crate::schema::{comments, projects, sql_types, tasks};

/// The enum of the column `tasks.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = sql_types::Status)]
pub enum Status {
    /// Not begun or not finished.
    Open,
    /// Finished.
    Done,
    /// Given up.
    Dropped,
}

impl ToSql<sql_types::Status, Pg> for Status {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(match self {
            Status::Open => b"open",
            Status::Done => b"done",
            Status::Dropped => b"dropped",
        })?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Status, Pg> for Status {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            b"open" => Ok(Status::Open),
            b"done" => Ok(Status::Done),
            b"dropped" => Ok(Status::Dropped),
            _ => Err("unknown status".into()),
        }
    }
}

/// A project without its tenant.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, AsChangeset, TenantScoped)]
#[diesel(table_name = projects, check_for_backend(Pg))]
pub struct Project {
    /// The key within the tenant.
    pub id: i32,
    /// The name.
    pub name: String,
}

/// A project with its tenant, as an application has it that was there before.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = projects, check_for_backend(Pg))]
pub struct FullProject {
    /// The tenant.
    pub tenant_id: OrgId,
    /// The key within the tenant.
    pub id: i32,
    /// The name.
    pub name: String,
    /// The country's code.
    pub country: Option<String>,
    /// The project it is part of.
    pub parent_id: Option<i32>,
}

/// A project to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = projects)]
pub struct NewProject {
    /// The key within the tenant.
    pub id: i32,
    /// The name.
    pub name: String,
    /// The country's code.
    pub country: Option<String>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Associations, TenantScoped)]
#[diesel(table_name = tasks, belongs_to(Project), check_for_backend(Pg))]
pub struct Task {
    /// The key within the tenant.
    pub id: i32,
    /// The project.
    pub project_id: i32,
    /// What is to be done.
    pub title: String,
    /// How far it is.
    pub status: Status,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Associations, TenantScoped)]
#[diesel(table_name = comments, belongs_to(Task), check_for_backend(Pg))]
pub struct Comment {
    /// The key within the tenant.
    pub id: i32,
    /// The task.
    pub task_id: i32,
    /// The text.
    pub body: String,
}
